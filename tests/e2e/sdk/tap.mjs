// Prints one line for each check; the process ends with 1 on a failure.
export async function run(checks) {
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
