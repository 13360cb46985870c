// bpmn-engine.js FILE SECONDS: instances of a process a second of CPU time by npm's bpmn-engine. User tasks are
// signalled as soon as they wait; the service task calls back at once. The file is parsed anew for each instance, as
// the engine's own examples do, and then from a context that was parsed once. Prints "PARSED EACH-TIME ONCE RSS-MB".
import { readFileSync } from "node:fs";
import { EventEmitter } from "node:events";
import { Engine } from "bpmn-engine";
import BpmnModdle from "bpmn-moddle";
import * as elements from "bpmn-elements";
import { default as serialize, TypeResolver } from "moddle-context-serializer";

const [file, seconds] = process.argv.slice(2);
const source = readFileSync(file, "utf8");

function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

// The service task has its work from the other tool's vocabulary; here the engine is given one that is done at once.
function work(activity) {
  if (activity.type === "bpmn:ServiceTask") {
    activity.behaviour.Service = function Service() {
      return { execute: (message, callback) => callback(null) };
    };
  }
}

async function instance(options) {
  const engine = new Engine({ name: "bench", extensions: { work }, ...options });
  const listener = new EventEmitter();
  listener.on("activity.wait", (api) => api.signal());
  await new Promise((resolve, reject) => {
    engine.once("end", resolve);
    engine.once("error", reject);
    engine.execute({ listener }).catch(reject);
  });
}

async function rate(options) {
  const turns = async (limit) => {
    const start = cpuSeconds();
    let count = 0;
    while (cpuSeconds() - start < limit) {
      await instance(options());
      count++;
    }
    return count / (cpuSeconds() - start);
  };
  await turns(seconds / 2); // lets the compiler of V8 do its work
  return Math.round(await turns(seconds));
}

const resolver = TypeResolver(elements);
const parsed = await new BpmnModdle().fromXML(source);
const once = () => ({ sourceContext: serialize(parsed, resolver) });
console.log(await rate(() => ({ source })), await rate(once), Math.round(process.memoryUsage.rss() / 1048576));
