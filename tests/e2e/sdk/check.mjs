// What the scripts beside this one share.  SDK, RELAY_URL, API_KEY and MODEL come
// by the environment.
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

// Prints one line for each check; the process ends with 1 on a failure.
async function run(checks) {
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
}

export { Anthropic, ask, connect, run };
