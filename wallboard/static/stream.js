// The page's share of its browser's one stream; its messages become events of #live.
// A shared worker holds the stream. Where there is none, the tabs elect one of them by a lock: it
// tells the others, and when it is closed the lock passes on, and the stream resumes by its last id.
// Without either, each tab has a stream of its own.
{
  const live = document.getElementById("live");
  const { stream: address, worker: script, reader } = live?.dataset ?? {};
  const key = `${address} ${reader}`;
  const deliver = (message) => live.dispatchEvent(new CustomEvent(message.event, { detail: message }));

  const alone = (lastId, tell = deliver) => new StreamSource(address, tell, lastId).run();

  function byWorker() {
    const worker = new SharedWorker(script, { name: key });
    const { port } = worker;
    worker.onerror = () => alone("");
    const join = () => port.postMessage({ join: address });
    port.onmessage = ({ data }) => deliver(data);
    join();
    addEventListener("pagehide", () => port.postMessage({ leave: true }));
    addEventListener("pageshow", (event) => { if (event.persisted) join(); });
  }

  function byElection() {
    const channel = new BroadcastChannel(key);
    const memory = new StreamMemory();
    let leads = false;
    let lastId = "";
    const take = (message) => {
      memory.take(message);
      if (message.id) lastId = message.id;
      deliver(message);
    };
    channel.onmessage = ({ data }) => {
      if (!data.asks) take(data);
      else if (leads) for (const message of memory.messages()) channel.postMessage(message);
    };
    channel.postMessage({ asks: true });
    navigator.locks.request(key, () => {
      leads = true;
      return alone(lastId, (message) => {
        take(message);
        channel.postMessage(message);
      });
    });
  }

  if (address) {
    if (window.SharedWorker) byWorker();
    else if (window.BroadcastChannel && navigator.locks) byElection();
    else alone("");
  }
}
