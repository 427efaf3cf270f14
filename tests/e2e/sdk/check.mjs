// What the scripts beside this one share.  SDK, RELAY_URL, API_KEY and MODEL come
// by the environment.
import { run } from "./tap.mjs";

const { default: Anthropic } = await import(process.env.SDK);
const model = process.env.MODEL;
const connect = (more) =>
  new Anthropic({
    baseURL: process.env.RELAY_URL,
    apiKey: process.env.API_KEY,
    maxRetries: 0,
    ...more,
  });
const ask = (content, more) => ({
  model,
  max_tokens: 1024,
  messages: [{ role: "user", content }],
  ...more,
});

export { Anthropic, ask, connect, run };
