"""Claude Code itself, in print mode, at work against a scripted model."""

import concurrent.futures
import json
import time

from cases_messages import png
from lab import HERE
from model import BYTES_PER_TOKEN, Kimi, LlamaCpp, Say, Vllm, text_of
from scene import MOST, Scene, roles
from tap import case, equal, holds, measured


@case("Claude Code reads, edits and runs: the file really changed")
def _(lab):
    with Scene(lab, "edit") as scene:
        claude = scene.claude
        claude.write("greeting.txt", "one\nHallo Wölt\nthree\n")
        path = claude.path("greeting.txt")
        scene.model.script = {"TASK-EDIT": [
            Say("I read it first.", "An edit. Read before that.",
                [("Read", {"file_path": path})]),
            Say("", "Now the edit.",
                [("Edit", {"file_path": path, "old_string": "Hallo Wölt",
                           "new_string": "Hallo \"Welt\" \\ 🌍"})]),
            Say("Let me see.", "",
                [("Bash", {"command": "cat greeting.txt; wc -l *.txt",
                           "description": "Show the file"})]),
            Say("The greeting is right now.", "All is well.")]}
        began = time.monotonic()
        run = claude.run("TASK-EDIT: repair the greeting in greeting.txt")
        measured(f"[{lab.server}] Claude Code, four turns with three tools: "
                 f"{time.monotonic() - began:.2f} s")
        scene.check(run)
        scene.check_usage(run)
        scene.check_prefixes()
        for r in scene.model.requests[1:]:
            holds(r.cached_tokens > 0.9 * r.prompt_tokens,
                  f"{r.cached_tokens} of {r.prompt_tokens} tokens cached")
        equal(claude.read("greeting.txt"),
              "one\nHallo \"Welt\" \\ 🌍\nthree\n")
        equal(run.result["result"], "The greeting is right now.")
        equal([b["name"] for b in run.blocks("assistant", "tool_use")],
              ["Read", "Edit", "Bash"])
        equal([b["thinking"] for b in run.blocks("assistant", "thinking")],
              ["An edit. Read before that.", "Now the edit.", "All is well."])
        last = scene.sent()[-1]
        equal(roles(last), ["system", "user"] + ["assistant", "tool"] * 3)
        # Thinking goes back to the model on the message that it preceded.
        equal(last["messages"][2]["reasoning"], "An edit. Read before that.")
        equal(json.loads(last["messages"][4]["tool_calls"][0]["function"][
            "arguments"])["new_string"], "Hallo \"Welt\" \\ 🌍")
        holds("🌍" in last["messages"][-1]["content"], last["messages"][-1])


@case("Claude Code's first request, each of its oddities", MOST)
def _(lab):
    """128000 max_tokens, a system turn inside messages, a deferred tool, 30 KB
    of tools, the attribution line: names of the 5.x family bring them."""
    with Scene(lab, "oddities", model_name="claude-sonnet-5-5") as scene:
        scene.model.script = {"TASK-ODD": [Say("Hello.", "Hm.")]}
        run = scene.claude.run("TASK-ODD: say hello")
        scene.check(run)
        asked = scene.claude.turns()[0].body
        equal([m["role"] for m in asked["messages"]], ["user", "system"])
        equal(asked["max_tokens"], 128000)
        holds(len(json.dumps(asked["tools"])) > 25000, "small tools")
        holds(any(t.get("defer_loading") for t in asked["tools"]),
              "no deferred tool")
        holds(asked["system"][0]["text"].startswith(
            "x-anthropic-billing-header:"), asked["system"][0])
        holds({"thinking", "context_management", "output_config",
               "metadata"} <= set(asked), list(asked))
        sent = scene.sent()[-1]
        equal(roles(sent), ["system", "user"])
        # The system turn's text stands behind the user's, in one message.
        late = asked["messages"][1]["content"]
        late = late if isinstance(late, str) else late[0]["text"]
        holds(late[:200] in sent["messages"][1]["content"], late[:200])
        equal(len(sent["tools"]), len(asked["tools"]))
        for tool, function in zip(asked["tools"], sent["tools"]):
            equal(function["function"]["name"], tool["name"])
            for name, schema in tool["input_schema"].items():
                equal(function["function"]["parameters"][name], schema)
        holds(sent["max_tokens"] <= 128000, sent["max_tokens"])


@case("Claude Code's parallel calls, as llama.cpp streams them", MOST)
def _(lab):
    with Scene(lab, "parallel", LlamaCpp) as scene:
        claude = scene.claude
        for name in "ab":
            claude.write(name, f"{name} says {name * 5}\n")
        scene.model.script = {"TASK-PAR": [
            Say("All at once.", "Three calls.", [
                ("Bash", {"command": "sleep 0.3; echo ccccc",
                          "description": "Say c"}),
                ("Read", {"file_path": claude.path("b")}),
                ("Read", {"file_path": claude.path("a")})]),
            Say("aaaaa, bbbbb, ccccc")]}
        run = claude.run("TASK-PAR: what do the files say?")
        scene.check(run)
        scene.check_prefixes()
        first, second = scene.sent()
        equal(roles(second)[-4:], ["assistant", "tool", "tool", "tool"])
        assistant, *results = second["messages"][-4:]
        equal(assistant["reasoning_content"], "Three calls.")
        # Claude Code sends results as they were ready; the model gets them in
        # the order of its calls, since many templates show it no ids.
        ids = [call["id"] for call in assistant["tool_calls"]]
        asked = scene.claude.turns()[-1].body["messages"][-1]["content"]
        holds([block["tool_use_id"] for block in asked] != ids, asked)
        equal([r["tool_call_id"] for r in results], ids)
        for result, words in zip(results, ("ccccc", "bbbbb", "aaaaa")):
            holds(words in text_of(result), result)


@case("Claude Code with ids and calls as Kimi K2 sends them", MOST)
def _(lab):
    with Scene(lab, "kimi", Kimi) as scene:
        claude = scene.claude
        claude.write("a", "aaaaa\n")
        scene.model.script = {"TASK-KIMI": [
            Say("", "Two.", [("Read", {"file_path": claude.path("a")}),
                             ("Glob", {"pattern": "*"})]),
            Say("", "", [("Write", {"file_path": claude.path("d"),
                                    "content": "new\n"})]),
            Say("Done.")]}
        run = claude.run("TASK-KIMI: read, then write d")
        scene.check(run)
        scene.check_prefixes()
        equal(claude.read("d"), "new\n")
        ids = [call["id"] for m in scene.sent()[-1]["messages"]
               for call in m.get("tool_calls", [])]
        # The model gets its own ids back; Claude Code saw legal ones.
        holds(all(id_.startswith("functions.tool:") for id_ in ids), ids)
        for block in run.blocks("assistant", "tool_use"):
            holds(block["id"].startswith("rly64_"), block["id"])


@case("Claude Code resumes and continues a conversation", MOST)
def _(lab):
    with Scene(lab, "resume") as scene:
        scene.model.script = {
            "TASK-ONE": [Say("The number is 7.", "Remember 7.")],
            "TASK-TWO": [Say("", "", [("Bash", {"command": "echo $((7*2))",
                                                "description": "double"})]),
                         Say("Twice is 14.")],
            "TASK-THREE": [Say("Thrice is 21.")]}
        one = scene.claude.run("TASK-ONE: remember 7")
        two = scene.claude.run("TASK-TWO: double it", "--resume",
                               one.result["session_id"])
        three = scene.claude.run("TASK-THREE: triple it", "--continue")
        for run in (one, two, three):
            scene.check(run)
            equal(run.result["session_id"], one.result["session_id"])
        equal([r.result["result"] for r in (one, two, three)],
              ["The number is 7.", "Twice is 14.", "Thrice is 21."])
        scene.check_prefixes()
        equal(roles(scene.sent()[-1]),
              ["system", "user", "assistant", "user", "assistant", "tool",
               "assistant", "user"])


@case("Claude Code's agent works in a conversation of its own", MOST)
def _(lab):
    with Scene(lab, "agent") as scene:
        for name in "abc":
            scene.claude.write(name, "x")
        scene.model.script = {
            "TASK-SUB": [Say("", "", [("Bash", {"command": "ls | wc -l",
                                                "description": "count"})]),
                         Say("There are 3 files.")],
            "TASK-MAIN": [Say("", "Delegate.", [("Agent", {
                "description": "count the files",
                "prompt": "TASK-SUB: count the files",
                "subagent_type": "general-purpose",
                "run_in_background": False})]),
                Say("The agent counted 3.")]}
        run = scene.claude.run("TASK-MAIN: let an agent count")
        scene.check(run)
        scene.check_usage(run)
        equal(run.result["result"], "The agent counted 3.")
        main = [r for r in scene.model.requests
                if "TASK-MAIN" in r.raw.decode()]
        agent = [r for r in scene.model.requests if r not in main]
        equal((len(main), len(agent)), (2, 2))
        scene.check_prefixes(main)
        scene.check_prefixes(agent)
        holds("There are 3 files." in text_of(main[-1].messages[-1]),
              main[-1].messages[-1])


@case("Claude Code's four agents at once", MOST)
def _(lab):
    with Scene(lab, "agents") as scene:
        numbers = range(4)
        scene.model.script = {f"TASK-SUB{i}": [
            Say("", f"Agent {i}.", [("Bash", {"command": f"echo {i}{i}{i}",
                                              "description": "say"})]),
            Say(f"Result {i}{i}{i}.", wait=0.1 * (4 - i))] for i in numbers}
        scene.model.script["TASK-MAIN"] = [
            Say("", "Four.", [("Agent", {
                "description": f"agent {i}", "prompt": f"TASK-SUB{i}: go",
                "subagent_type": "general-purpose",
                "run_in_background": False}) for i in numbers]),
            Say("All four are back.")]
        run = scene.claude.run("TASK-MAIN: let four agents work")
        scene.check(run)
        scene.check_usage(run)
        last = scene.model.requests[-1]
        results = [text_of(m) for m in last.messages if m["role"] == "tool"]
        for i, result in enumerate(results):
            holds(f"Result {i}{i}{i}." in result, f"{i}: {result}")
        equal(len(results), 4)
        for i in numbers:
            mine = [r for r in scene.model.requests if r is not last and
                    f"TASK-SUB{i}: go" in r.last_user_text()]
            equal(len(mine), 2)
            scene.check_prefixes(mine)
        # What agents have in common stands before what each is asked.
        starts = [r for r in scene.model.requests
                  if len(r.messages) == 2 and "TASK-SUB" in r.raw.decode()]
        for r in sorted(starts, key=lambda r: r.cached_tokens)[1:]:
            holds(r.cached_tokens > 0.95 * r.prompt_tokens,
                  f"{r.cached_tokens} of {r.prompt_tokens} tokens cached")


@case("eight of Claude Code at once, in front of three kinds of model", MOST)
def _(lab):
    wires = (Vllm, LlamaCpp, Kimi)
    scenes = [Scene(lab, f"crowd {i}", wires[i % 3]) for i in range(8)]

    def work(i):
        with scenes[i] as scene:
            path = scene.claude.path("f")
            scene.claude.write("f", f"file {i}\n")
            scene.model.script = {"TASK-CROWD": [
                Say("", f"I am {i}.", [("Read", {"file_path": path})]),
                Say("", "", [("Edit", {
                    "file_path": path, "old_string": f"file {i}",
                    "new_string": f"done {i}"})]),
                Say(f"Result {i}.")]}
            run = scene.claude.run("TASK-CROWD: go")
            scene.check(run)
            scene.check_usage(run)
            scene.check_prefixes()
            return run.result["result"], scene.claude.read("f")

    with concurrent.futures.ThreadPoolExecutor(len(scenes)) as pool:
        equal(list(pool.map(work, range(len(scenes)))),
              [(f"Result {i}.", f"done {i}\n") for i in range(len(scenes))])


@case("Claude Code uses tools of an MCP server", MOST)
def _(lab):
    with Scene(lab, "mcp") as scene:
        # Copied to where the user of the test can read it.
        with open(f"{HERE}/mcp_server.py", encoding="utf-8") as f:
            scene.claude.write("../server.py", f.read())
        scene.claude.write("../mcp.json", json.dumps({"mcpServers": {
            "world": {"command": "sh", "args": [
                "-c", "exec python3 \"$0\"",
                f"{scene.claude.dir}/server.py"]}}}))
        scene.model.script = {"TASK-MCP": [
            Say("", "", [("ToolSearch", {
                "query": "select:mcp__world__ping,mcp__world__picture,"
                         "mcp__world__fail", "max_results": 5})]),
            Say("", "", [("mcp__world__ping", {}),
                         ("mcp__world__picture", {"of": None}),
                         ("mcp__world__fail", {"big": 2 ** 53})]),
            Say("I saw it.")]}
        run = scene.claude.run(
            "TASK-MCP: use the world", "--mcp-config",
            f"{scene.claude.dir}/mcp.json", "--allowedTools",
            "mcp__world,ToolSearch")
        scene.check(run, complaints=("it broke", "tool=mcp_"))
        scene.check_prefixes()
        equal(run.result["result"], "I saw it.")
        last = scene.sent()[-1]
        functions = {t["function"]["name"]: t["function"]
                     for t in last["tools"]}
        equal(functions["mcp__world__ping"]["parameters"]["properties"], {})
        holds("答える" in functions["mcp__world__ping"]["description"],
              functions["mcp__world__ping"])
        equal(functions["mcp__world__picture"]["parameters"]["properties"],
              {"of": {"anyOf": [{"type": "string"}, {"type": "null"}]}})
        *_, ping, picture, fail, user = last["messages"]
        holds("pong 答え" in text_of(ping), ping)
        equal(picture["role"], "tool")
        holds(text_of(fail).startswith("Error: it broke"), fail)
        holds(any(part["type"] == "image_url" for part in user["content"]),
              user)


@case("Claude Code finds the models, by either kind of key", MOST)
def _(lab):
    with Scene(lab, "models") as scene:
        scene.model.script = {"TASK-KEY": [Say("ok")]}
        run = scene.claude.run(
            "TASK-KEY: hello", ANTHROPIC_AUTH_TOKEN=None,
            ANTHROPIC_API_KEY=scene.claude.key,
            CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=None,
            CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY="1")
        scene.check(run, complaints=("MCP registry",))
        asked = scene.claude.recorder.exchanges()
        equal([x.path for x in asked if x.status != 200], [])
        for x in asked:
            equal(x.headers.get("x-api-key"), scene.claude.key, x.path)
            equal(x.headers.get("authorization"), None, x.path)
        listed = [x for x in asked if x.path.startswith("/v1/models")]
        equal(len(listed), 1)
        with open(f"{scene.claude.home}/.claude/cache/gateway-models.json",
                  encoding="utf-8") as f:
            names = [m["id"] for m in json.load(f)["models"]]
        holds(scene.name in names, names)


@case("Claude Code loads deferred tools: tool_reference", MOST)
def _(lab):
    with Scene(lab, "deferred") as scene:
        scene.model.script = {"TASK-DEFER": [
            Say("", "Find the tool.", [("ToolSearch", {
                "query": "select:TaskCreate", "max_results": 5})]),
            Say("", "", [("TaskCreate", {"subject": "a thing",
                                         "description": "do it"})]),
            Say("Noted.")]}
        run = scene.claude.run("TASK-DEFER: note a task")
        scene.check(run)
        scene.check_prefixes()
        blocks = [inner["type"] for block in run.blocks("user", "tool_result")
                  if isinstance(block["content"], list)
                  for inner in block["content"]]
        equal(blocks, ["tool_reference"])
        bodies = scene.sent()
        holds("TaskCreate" in text_of(next(
            m for m in bodies[1]["messages"] if m["role"] == "tool")),
            bodies[1]["messages"])
        names = [[t["function"]["name"] for t in b["tools"]] for b in bodies]
        holds("TaskCreate" not in names[0] and "TaskCreate" in names[1],
              names)
        equal(run.result["result"], "Noted.")


@case("Claude Code shows the model a picture it has read", MOST)
def _(lab):
    with Scene(lab, "picture", LlamaCpp, "claude-opus-4-5") as scene:
        claude = scene.claude
        claude.write("p.png", png(64, 32))
        claude.write("note", "a note\n")
        scene.model.script = {"TASK-PNG": [
            Say("", "", [("Read", {"file_path": claude.path("p.png")}),
                         ("Read", {"file_path": claude.path("note")})]),
            Say("It is blue.")]}
        run = claude.run("TASK-PNG: what is in p.png?")
        scene.check(run)
        scene.check_prefixes()
        sent = scene.sent()[-1]
        equal(roles(sent)[-4:], ["assistant", "tool", "tool", "user"])
        images = [part["image_url"]["url"]
                  for part in sent["messages"][-1]["content"]
                  if part["type"] == "image_url"]
        equal(len(images), 1)
        holds(images[0].startswith("data:image/png;base64,iVBORw0KGgo"),
              images[0][:60])


@case("Claude Code's structured output", MOST)
def _(lab):
    with Scene(lab, "schema") as scene:
        scene.model.script = {"TASK-JSON": [
            Say("", "", [("StructuredOutput", {"answer": 42})]), Say("ok")]}
        run = scene.claude.run(
            "TASK-JSON: how many?", "--json-schema", json.dumps({
                "type": "object", "required": ["answer"],
                "properties": {"answer": {"type": "integer"}}}))
        scene.check(run)
        equal(run.result["structured_output"], {"answer": 42})


@case("Claude Code counts tokens without a generation", MOST)
def _(lab):
    with Scene(lab, "context") as scene:
        scene.model.script = {"TASK-CTX": [Say("ok")]}
        first = scene.claude.run("TASK-CTX: hello")
        generated = len(scene.model.requests)
        run = scene.claude.run("/context", "--resume",
                               first.result["session_id"])
        scene.check(run)
        counts = [x for x in scene.claude.recorder.exchanges()
                  if "/count_tokens" in x.path]
        holds(len(counts) >= 10, f"{len(counts)} counts")
        for x in counts:
            equal(x.status, 200, x.answer)
            equal(list(json.loads(x.answer)), ["input_tokens"])
        equal(len(scene.model.requests), generated, "generations")
        # The backend has a tokenizer: its counts, not ours, reach the client.
        equal({x.answer_headers["x-llmrelay-count"] for x in counts},
              {"backend"})
        equal(sorted(json.loads(x.answer)["input_tokens"] for x in counts),
              sorted(len(raw) // BYTES_PER_TOKEN
                     for raw in scene.model.counts))
        holds("Context Usage" in run.text, run.text[-2000:])
