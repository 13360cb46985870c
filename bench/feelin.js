// feelin.js FILE CONTEXT SECONDS: evaluations a second of CPU time by npm's feelin and @bpmn-io/feelin for each line
// of bench/feel.txt. Both parse the text each time. Prints "NAME RATE RATE" a line.
import { readFileSync } from "node:fs";
import { evaluate as feelin } from "feelin";
import { evaluate as bpmnFeelin } from "@bpmn-io/feelin";

const [file, contextFile, seconds] = process.argv.slice(2);
const context = JSON.parse(readFileSync(contextFile, "utf8"));

function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function rate(evaluate, expression) {
  const turns = (limit) => {
    const start = cpuSeconds();
    let count = 0;
    while (cpuSeconds() - start < limit) {
      for (let i = 0; i < 20; i++) evaluate(expression, context);
      count += 20;
    }
    return count / (cpuSeconds() - start);
  };
  turns(seconds / 2); // lets the compiler of V8 do its work
  return Math.round(turns(seconds));
}

for (const line of readFileSync(file, "utf8").split("\n")) {
  if (line === "" || line.startsWith("#")) continue;
  const bar = line.indexOf("|");
  const expression = line.slice(bar + 1).trim();
  console.log(line.slice(0, bar).trim(), rate(feelin, expression), rate(bpmnFeelin, expression));
}
