// Runs one Anthropic SDK against a relay: SDK, RELAY_URL, API_KEY and MODEL come
// by the environment.  Prints one line for each check; ends with 1 on a failure.
import assert from "node:assert/strict";

const { default: Anthropic } = await import(process.env.SDK);
const model = process.env.MODEL;
const client = new Anthropic({
  baseURL: process.env.RELAY_URL,
  apiKey: process.env.API_KEY,
  maxRetries: 0,
});
const said = (text) =>
  `You said: ${text}\nThis answer comes from llmrelay-demo.`;
const ask = (content, more) => ({
  model,
  max_tokens: 1024,
  messages: [{ role: "user", content }],
  ...more,
});
const tools = [
  {
    name: "get_weather",
    description: "Weather of a city",
    input_schema: {
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
    },
  },
];

const checks = {
  async "a message"() {
    const message = await client.messages.create(ask("你好"));
    assert.equal(message.content[0].text, said("你好"));
    assert.equal(message.stop_reason, "end_turn");
    assert.ok(message._request_id.startsWith("req_"));
  },
  async "a stream"() {
    const stream = client.messages.stream(ask("[[demo: size=3]]streamed"));
    let text = "";
    stream.on("text", (piece) => (text += piece));
    const message = await stream.finalMessage();
    assert.equal(text, said("streamed"));
    assert.equal(message.content[0].text, text);
    assert.ok(message.usage.output_tokens > 0);
  },
  async "raw events"() {
    const names = [];
    const stream = await client.messages.create(
      ask("[[demo: chunks=2]]", { stream: true }),
    );
    for await (const event of stream) names.push(event.type);
    assert.deepEqual(
      names.filter((name) => name !== "ping"),
      [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
      ],
    );
  },
  async "a tool loop"() {
    const first = await client.messages
      .stream(ask('call tool get_weather {"city": "Köln"}', { tools }))
      .finalMessage();
    assert.equal(first.stop_reason, "tool_use");
    const use = first.content.find((block) => block.type === "tool_use");
    assert.deepEqual(use.input, { city: "Köln" });
    const second = await client.messages.create({
      ...ask("", { tools }),
      messages: [
        { role: "user", content: 'call tool get_weather {"city": "Köln"}' },
        { role: "assistant", content: first.content },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: use.id, content: "18 °C" },
          ],
        },
      ],
    });
    assert.match(second.content[0].text, /^The tool said: 18 °C/);
  },
  async "a tool runner goes round"() {
    for (const stream of [false, true]) {
      const asked = [];
      const runner = client.beta.messages.toolRunner({
        ...ask('call tool get_weather {"city": "Köln"}'),
        stream,
        tools: [
          {
            ...tools[0],
            type: "custom",
            parse: (input) => input,
            run: (input) => {
              asked.push(input.city);
              return "18 °C";
            },
          },
        ],
      });
      const message = await runner.runUntilDone();
      assert.match(message.content[0].text, /^The tool said: 18 °C/);
      assert.deepEqual(asked, ["Köln"]);
    }
  },
  async "a message thread goes on, or says why not"() {
    if (!client.beta.messages.thread) return; // the SDK 0.x has none
    const thread = client.beta.messages.thread({
      model,
      max_tokens: 1024,
      system: "Be brief.",
    });
    const user = (content) => ({ role: "user", content });
    if (process.env.THREADS !== "kept") {
      await assert.rejects(
        thread.send(user("one")),
        (error) => error instanceof Anthropic.ThreadUnsupportedRequestError,
      );
      return;
    }
    const first = await thread.send(user("one"));
    assert.equal(first.content[0].text, said("one"));
    assert.equal(thread.previousMessageId, first.id);
    const second = await thread.stream(user("two")).finalMessage();
    assert.equal(second.content[0].text, said("two"));
    assert.equal(thread.previousMessageId, second.id);
    // The first answer has made way for the second.
    const lost = client.beta.messages.create({
      ...ask("three"),
      betas: ["message-threads-2026-08-12"],
      thread: { type: "continue", previous_message_id: first.id },
    });
    await assert.rejects(
      lost,
      (error) => error instanceof Anthropic.ThreadNotFoundError,
    );
  },
  async "a search of the web"() {
    const search = [{ type: "web_search_20250305", name: "web_search" }];
    const whole = await client.messages.create(ask("warm?", { tools: search }));
    const streamed = await client.messages
      .stream(ask("warm?", { tools: search }))
      .finalMessage();
    for (const message of [whole, streamed]) {
      const [use, result, text] = message.content;
      assert.equal(use.type, "server_tool_use");
      assert.deepEqual(use.input, { query: "warm?" });
      assert.equal(result.tool_use_id, use.id);
      assert.equal(result.content[0].title, "Weather of Köln");
      assert.equal(text.citations[0].title, "Weather of Köln");
      assert.equal(message.usage.server_tool_use.web_search_requests, 1);
    }
  },
  async "a count of tokens"() {
    const { model, messages } = ask("count this");
    const request = { model, messages, tools, system: "Be brief." };
    const message = await client.messages.create({ max_tokens: 9, ...request });
    const count = await client.messages.countTokens(request);
    assert.deepEqual({ ...count }, { input_tokens: message.usage.input_tokens });
    const { data, response } = await client.beta.messages
      .countTokens({ ...request, betas: ["token-counting-2024-11-01"] })
      .withResponse();
    assert.equal(data.input_tokens, count.input_tokens);
    assert.equal(response.headers.get("x-llmrelay-count"), "backend");
  },
  async "the list of models"() {
    const ids = [];
    for await (const entry of client.models.list()) ids.push(entry.id);
    assert.ok(ids.includes(model));
  },
  async "errors have their class and a request id"() {
    const failing = async (promise) => {
      try {
        await promise;
      } catch (error) {
        assert.ok(error instanceof Anthropic.APIError, String(error));
        assert.match(error.requestID ?? "", /^req_/);
        return error;
      }
      assert.fail("no error");
    };
    let error = await failing(
      client.messages.create({ ...ask("x"), model: "claude-nobody-has" }),
    );
    assert.ok(error instanceof Anthropic.NotFoundError);
    error = await failing(
      client.messages.create({ ...ask("x"), messages: [] }),
    );
    assert.ok(error instanceof Anthropic.BadRequestError);
    assert.match(error.message, /at least one message is required/);
    const stranger = new Anthropic({
      baseURL: process.env.RELAY_URL,
      apiKey: "cr_wrong",
      maxRetries: 0,
    });
    error = await failing(stranger.messages.create(ask("x")));
    assert.ok(error instanceof Anthropic.AuthenticationError);
    error = await failing(
      client.messages.create({
        ...ask("[[demo: status=429 retry_after=1]]"),
        model: "claude-faults",
      }),
    );
    assert.ok(error instanceof Anthropic.RateLimitError);
  },
  async "a stream that breaks is an error"() {
    const stream = client.messages.stream({
      ...ask("[[demo: chunks=10 delay=10 cut=4]]"),
      model: "claude-faults",
    });
    await assert.rejects(stream.finalMessage());
  },
};

let number = 0;
for (const [name, check] of Object.entries(checks)) {
  number += 1;
  try {
    await check();
    console.log(`ok ${number} - ${name}`);
  } catch (error) {
    console.log(`not ok ${number} - ${name}\n${error.stack}`);
    process.exitCode = 1;
  }
}
