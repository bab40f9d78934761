// Writes, reads back and checks files again and again, four at once, while a timer ticks.
//
// usage: node files-and-timers.js FILE ROUNDS
// Says "round N" each 50 rounds and "done ROUNDS bad N" at the end; exits with 1 if anything was not as written.
const fs = require('fs').promises;
const [, , file, rounds] = process.argv;
let bad = 0;
let ticks = 0;
const timer = setInterval(() => ticks++, 5);

async function check(n) {
  const name = `${file}.${n % 8}`;
  const text = `${n} `.repeat(2000);
  await fs.writeFile(name, text);
  const stat = await fs.stat(name);
  const back = await fs.readFile(name, 'utf8');
  if (back !== text || stat.size !== text.length) {
    bad++;
  }
}

async function main() {
  for (let round = 1; round <= Number(rounds); round++) {
    await Promise.all([0, 1, 2, 3].map((i) => check(4 * round + i)));
    if (round % 50 === 0) {
      console.log(`round ${round}`);
    }
  }
  const before = ticks;
  await new Promise((resolve) => setTimeout(resolve, 50));
  if (ticks === before) {
    bad++;
  }
  clearInterval(timer);
  console.log(`done ${rounds} bad ${bad}`);
  process.exit(bad === 0 ? 0 : 1);
}

main();
