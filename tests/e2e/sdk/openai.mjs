// Runs OpenAI's SDK against a relay: RELAY_URL, API_KEY and MODEL come by the
// environment.
import assert from "node:assert/strict";
import { run } from "./tap.mjs";

const { default: OpenAI, AzureOpenAI } = await import("openai");
const model = process.env.MODEL;
const connect = (more) =>
  new OpenAI({
    baseURL: `${process.env.RELAY_URL}/v1`,
    apiKey: process.env.API_KEY,
    maxRetries: 0,
    ...more,
  });
const client = connect();
const said = (text) =>
  `You said: ${text}\nThis answer comes from llmrelay-demo.`;
const ask = (content, more) => ({
  model,
  messages: [{ role: "user", content }],
  ...more,
});
const tools = [
  {
    type: "function",
    function: {
      name: "get_weather",
      parameters: { type: "object", properties: { city: { type: "string" } } },
    },
  },
];

async function all(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}
const text = (chunks) =>
  chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");

await run({
  async "a chat completion"() {
    const answer = await client.chat.completions.create(ask("你好"));
    assert.equal(answer.choices[0].message.content, said("你好"));
    assert.equal(answer.choices[0].finish_reason, "stop");
    assert.equal(answer.model, model);
    assert.ok(answer.usage.completion_tokens > 0);
    assert.match(answer._request_id, /^req_/);
  },
  async "a stream"() {
    const chunks = await all(
      await client.chat.completions.create(
        ask("[[demo: size=3]]streamed", { stream: true }),
      ),
    );
    assert.equal(text(chunks), said("streamed"));
    assert.ok(chunks.every((chunk) => chunk.model === model));
    assert.ok(chunks.every((chunk) => chunk.choices.length === 1));
  },
  async "a stream with usage"() {
    const chunks = await all(
      await client.chat.completions.create(
        ask("hi", { stream: true, stream_options: { include_usage: true } }),
      ),
    );
    assert.deepEqual(chunks.at(-1).choices, []);
    assert.ok(chunks.at(-1).usage.prompt_tokens > 0);
  },
  async "a silent stream is pinged"() {
    const chunks = await all(
      await client.chat.completions.create(
        ask("[[demo: first=4000 late_headers=yes]]slow", { stream: true }),
      ),
    );
    assert.equal(text(chunks), said("slow"));
  },
  async "the stream helper and a tool call"() {
    const runner = client.chat.completions.stream(
      ask('call tool get_weather {"city": "Köln"}', { tools }),
    );
    const answer = await runner.finalChatCompletion();
    const [call] = answer.choices[0].message.tool_calls;
    assert.deepEqual(JSON.parse(call.function.arguments), { city: "Köln" });
    assert.equal(answer.choices[0].finish_reason, "tool_calls");
  },
  async "completions"() {
    const answer = await client.completions.create({ model, prompt: "hi" });
    assert.equal(answer.choices[0].text, said("hi"));
    const chunks = await all(
      await client.completions.create({ model, prompt: "hi", stream: true }),
    );
    assert.equal(chunks.map((c) => c.choices[0].text).join(""), said("hi"));
  },
  async "embeddings"() {
    const answer = await client.embeddings.create({
      model,
      input: ["one", "two"],
    });
    assert.equal(answer.data.length, 2);
    assert.ok(answer.data[0].embedding.every(Number.isFinite));
    assert.equal(answer.data[0].embedding.length, 8);
    assert.equal(answer.model, model);
    assert.equal(answer.usage.prompt_tokens, 2);
  },
  async "a large embedding"() {
    const answer = await client.embeddings.create({
      model,
      input: Array.from({ length: 60 }, (_, i) => `text ${i}`),
      dimensions: 1024,
      encoding_format: "float",
    });
    assert.equal(answer.data.length, 60);
    assert.equal(answer.data[59].embedding.length, 1024);
    assert.equal(answer.model, model);
  },
  async "responses"() {
    const answer = await client.responses.create({ model, input: "hi" });
    assert.equal(answer.output_text, said("hi"));
    assert.equal(answer.model, model);
    assert.equal(answer.status, "completed");
  },
  async "a stream of responses"() {
    const stream = client.responses.stream({ model, input: "hi" });
    let heard = "";
    stream.on("response.output_text.delta", (e) => (heard += e.delta));
    const answer = await stream.finalResponse();
    assert.equal(heard, said("hi"));
    assert.equal(answer.output_text, heard);
    assert.equal(answer.model, model);
  },
  async "models"() {
    const ids = [];
    for await (const entry of client.models.list()) ids.push(entry.id);
    assert.ok(ids.includes(model));
    assert.equal((await client.models.retrieve(model)).object, "model");
  },
  async "the bases of other relays"() {
    for (const base of ["/openai/v1", "/openai", "/azure", "/api/v1"]) {
      const other = connect({ baseURL: process.env.RELAY_URL + base });
      const answer = await other.chat.completions.create(ask("hi"));
      assert.equal(answer.choices[0].message.content, said("hi"), base);
    }
  },
  async "the Azure client"() {
    const azure = new AzureOpenAI({
      endpoint: process.env.RELAY_URL,
      apiKey: process.env.API_KEY,
      apiVersion: "2024-10-21",
      maxRetries: 0,
    });
    const answer = await azure.chat.completions.create(ask("hi"));
    assert.equal(answer.choices[0].message.content, said("hi"));
  },
  async "a wrong key"() {
    await assert.rejects(
      connect({ apiKey: "cr_nothing" }).chat.completions.create(ask("hi")),
      (e) =>
        e instanceof OpenAI.AuthenticationError && e.code === "invalid_api_key",
    );
  },
  async "an unknown model"() {
    await assert.rejects(
      client.chat.completions.create(ask("hi", { model: "nobody-has" })),
      (e) =>
        e instanceof OpenAI.NotFoundError && e.code === "model_not_found",
    );
    await assert.rejects(client.models.retrieve("nobody-has"), (e) =>
      e instanceof OpenAI.NotFoundError,
    );
  },
  async "a mistake that the backend finds"() {
    await assert.rejects(
      client.chat.completions.create({ model, messages: [] }),
      (e) =>
        e instanceof OpenAI.BadRequestError &&
        e.message.includes("messages must be a list"),
    );
  },
  async "a mistake that we find"() {
    await assert.rejects(
      client.chat.completions.create({ messages: [] }),
      OpenAI.BadRequestError,
    );
  },
  async "a rate limit"() {
    await assert.rejects(
      client.chat.completions.create(
        ask("[[demo: status=429 retry_after=7]]hi"),
      ),
      (e) =>
        e instanceof OpenAI.RateLimitError &&
        e.headers.get("retry-after") === "7",
    );
  },
  async "an error in a stream"() {
    await assert.rejects(
      async () =>
        all(
          await client.chat.completions.create(
            ask("[[demo: chunks=5 delay=20 error_frame=3 message=broken]]", {
              stream: true,
            }),
          ),
        ),
      (e) => e instanceof OpenAI.APIError && /broken/.test(e.message),
    );
  },
  async "a cut stream is no answer"() {
    await assert.rejects(
      async () =>
        all(
          await client.chat.completions.create(
            ask("[[demo: chunks=5 delay=20 cut=3]]", { stream: true }),
          ),
        ),
      (e) => e instanceof OpenAI.APIError && /complete/.test(e.message),
    );
  },
});
