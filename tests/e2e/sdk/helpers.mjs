// The SDK's helpers against a scripted model: events of a stream, the tool
// runner, parsed output, leaving a stream.
import assert from "node:assert/strict";
import { Anthropic, ask, connect, run } from "./check.mjs";

const { jsonSchemaOutputFormat } = await import(
  `${process.env.SDK}/helpers/json-schema`
);
const { betaTool } = await import(
  `${process.env.SDK}/helpers/beta/json-schema`
);
const client = connect();
const tool = (name, work) =>
  betaTool({
    name,
    description: `Does ${name}`,
    inputSchema: {
      type: "object",
      properties: { of: { type: "string" } },
      required: ["of"],
    },
    run: work,
  });

await run({
  async "a stream tells of each part as it comes"() {
    const told = [];
    let text = "";
    let thinking = "";
    let json = "";
    const stream = client.messages
      .stream(
        ask("HELPERS: all of it", {
          tools: [{ name: "look", input_schema: { type: "object" } }],
          thinking: { type: "enabled", budget_tokens: 1024 },
          max_tokens: 4096,
        }),
      )
      .on("connect", () => told.push("connect"))
      .on("thinking", (piece) => (thinking += piece))
      .on("signature", (signature) => told.push("signature " + !!signature))
      .on("text", (piece, sofar) => {
        text += piece;
        assert.equal(sofar, text);
      })
      .on("inputJson", (piece) => (json += piece))
      .on("contentBlock", (block) => told.push(block.type))
      .on("message", () => told.push("message"))
      .on("finalMessage", () => told.push("finalMessage"))
      .on("error", (error) => told.push(`error ${error}`))
      .on("end", () => told.push("end"));
    const message = await stream.finalMessage();
    await stream.done();
    assert.deepEqual(told, [
      "connect",
      "signature true",
      "thinking",
      "text",
      "tool_use",
      "message",
      "finalMessage",
      "end",
    ]);
    assert.equal(thinking, "Think of it.");
    assert.equal(text, "Grüße 🌍!");
    assert.deepEqual(JSON.parse(json), { of: "a \"b\" \\ ü" });
    assert.deepEqual(message.content[2].input, { of: "a \"b\" \\ ü" });
    assert.equal(message.stop_reason, "tool_use");
    assert.match(stream.request_id, /^req_/);
  },
  async "the text alone, and the events by iteration"() {
    const words = await client.messages.stream(ask("PLAIN: say")).finalText();
    assert.equal(words, "Just words.");
    const seen = [];
    for await (const event of client.messages.stream(ask("PLAIN: say")))
      if (event.type !== "content_block_delta") seen.push(event.type);
    assert.deepEqual(
      seen.filter((type) => type !== "ping"),
      [
        "message_start",
        "content_block_start",
        "content_block_stop",
        "message_delta",
        "message_stop",
      ],
    );
    const { response, request_id } = await client.messages
      .create(ask("PLAIN: say"))
      .withResponse();
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("request-id"), request_id);
  },
  async "the tool runner makes parallel and failing calls"() {
    for (const stream of [false, true]) {
      const done = [];
      const runner = client.beta.messages.toolRunner({
        ...ask(`RUNNER: go, ${stream}`, { stream, max_iterations: 9 }),
        tools: [
          tool("left", async ({ of }) => {
            done.push(`left ${of}`);
            return `L ${of}`;
          }),
          tool("right", async ({ of }) => {
            done.push(`right ${of}`);
            if (of === "bad") throw new Error("cannot do it");
            return [{ type: "text", text: `R ${of}` }];
          }),
        ],
      });
      const message = await runner.runUntilDone();
      assert.equal(message.content.at(-1).text, "Both sides are done.");
      assert.deepEqual(done.sort(), ["left one", "left three", "right bad"]);
    }
  },
  async "an answer by a schema is parsed"() {
    const format = jsonSchemaOutputFormat({
      type: "object",
      properties: { answer: { type: "integer" } },
      required: ["answer"],
      additionalProperties: false,
    });
    const message = await client.messages.parse(
      ask("SCHEMA: how many?", { output_config: { format } }),
    );
    assert.deepEqual(message.parsed_output, { answer: 42 });
  },
  async "a stream that is left is an abort, nothing else"() {
    const stream = client.messages.stream(ask("ABORT: stream"));
    await new Promise((resolve) => stream.once("text", resolve));
    stream.abort();
    await assert.rejects(
      stream.finalMessage(),
      (error) => error instanceof Anthropic.APIUserAbortError,
    );
    const controller = new AbortController();
    const plain = client.messages.create(ask("ABORT: plain"), {
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(), 300);
    await assert.rejects(
      plain,
      (error) => error instanceof Anthropic.APIUserAbortError,
    );
  },
});
