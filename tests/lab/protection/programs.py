"""What the nodes of a bench run: bounded bursts, servers, clients. Each is a program of its own."""

BURST = r"""
# KIND SOURCE DESTINATION PORT COUNT PER_SECOND [DSCP]; SOURCE may be a network: forged, one each.
import ipaddress, socket, struct, sys, time
kind, source, destination, port, count, rate = *sys.argv[1:4], *map(int, sys.argv[4:7])
assert count <= 20_000 and count / rate <= 10
dscp = int(sys.argv[7]) if len(sys.argv) > 7 else 0
hosts = ipaddress.ip_network(source)
target = ipaddress.ip_address(destination)

def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff

def packet(n):
    origin = hosts[n % hosts.num_addresses]
    flags = {"syn": 0x02, "ack": 0x10}.get(kind)
    if flags is not None:
        number, size = 6, 20
        body = struct.pack("!HHIIBBHHH", 1024 + n % 60000, port, n, n, 0x50, flags, 8192, 0, 0)
    elif kind == "udp":
        number, body = 17, struct.pack("!HHHH", 1024 + n % 60000, port, 18, 0) + b"0123456789"
    else:
        number, body = 1, struct.pack("!BBHHH", 8, 0, 0, 7, n & 0xffff)
    if number == 1:
        body = body[:2] + struct.pack("!H", checksum(body)) + body[4:]
    else:
        pseudo = origin.packed + target.packed + struct.pack("!BBH", 0, number, len(body))
        at = 16 if number == 6 else 6
        whole = pseudo + body
        body = body[:at] + struct.pack("!H", checksum(whole)) + body[at + 2:]
    head = struct.pack("!BBHHHBBH4s4s", 0x45, dscp << 2, 20 + len(body), n & 0xffff, 0, 64, number,
                       0, origin.packed, target.packed)
    return head + body

raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
raw.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
began, sent = time.monotonic(), 0
print("begins", flush=True)
while sent < count:
    due = min(count, int((time.monotonic() - began) * rate) + 20)
    while sent < due:
        raw.sendto(packet(sent), (destination, 0))
        sent += 1
    time.sleep(0.005)
print(sent)
"""

ECHO = r"""
# ADDRESS PORT: answers each line with who sent it.
import socket, sys, threading
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind((sys.argv[1], int(sys.argv[2])))
listener.listen(128)
print("ready")
def serve(link, origin):
    with link:
        while data := link.recv(4096):
            link.sendall(origin.encode() + b" " + data)
while True:
    link, (origin, _) = listener.accept()
    threading.Thread(target=serve, args=(link, origin), daemon=True).start()
"""

ASK = r"""
# ADDRESS PORT SOURCE COUNT: opens a session each, and says how many were answered, and the slowest.
import socket, sys, time
address, port, source, count = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
answered, slowest = 0, 0.0
for n in range(count):
    began = time.monotonic()
    try:
        with socket.create_connection((address, port), 3, (source, 0)) as link:
            link.settimeout(3)
            link.sendall(b"hello")
            answered += link.recv(100) == source.encode() + b" hello"
    except OSError as error:
        print(error, file=sys.stderr)
    slowest = max(slowest, time.monotonic() - began)
    time.sleep(0.05)
print(answered, round(slowest, 3))
"""

OPEN = r"""
# ADDRESS PORT SOURCE COUNT: opens that many sessions at once and says how many stand.
import errno, select, socket, sys, time
address, port, source, count = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
links = [socket.socket() for _ in range(count)]
for link in links:
    link.bind((source, 0))
    link.setblocking(False)
    assert link.connect_ex((address, port)) in (0, errno.EINPROGRESS)
deadline, connected = time.monotonic() + 1, set()
while time.monotonic() < deadline and len(connected) < count:
    _, ready, _ = select.select([], [link for link in links if link not in connected], [], 0.1)
    connected |= set(ready)
print(len(connected))
"""

UPLOAD = r"""
# ADDRESS PORT SOURCE BYTES: sends them in one session; ends when all of them came back.
import socket, sys, threading
address, port, source, count = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
with socket.create_connection((address, port), 5, (source, 0)) as link:
    link.settimeout(20)
    threading.Thread(target=link.sendall, args=(b"x" * count,), daemon=True).start()
    came = 0
    while came < count:
        came += len(link.recv(65536))
print(came)
"""

KEEP_ASKING = r"""
# ADDRESS PORT SOURCE: one session, a question every 50 ms; says when each is answered.
import socket, sys, time
with socket.create_connection((sys.argv[1], int(sys.argv[2])), 5, (sys.argv[3], 0)) as link:
    link.settimeout(20)
    n = 0
    while True:
        n += 1
        asked = b"%08d" % n * 50
        link.sendall(asked)
        came = b""
        while not came.endswith(asked):
            more = link.recv(4096)
            if not more:
                raise SystemExit("closed")
            came += more
        print("answered")
        time.sleep(0.05)
"""

WEB = r"""
# ADDRESS PORT: answers every request with 200.
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
    def log_message(self, *words):
        pass
server = http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Answer)
print("ready")
server.serve_forever()
"""

REQUESTS = r"""
# ADDRESS PORT SOURCE COUNT: asks over one connection as long as it lasts; prints each status.
import http.client, sys
address, port, source, count = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
link = http.client.HTTPConnection(address, port, 10, (source, 0))
for _ in range(count):
    try:
        link.request("GET", "/health")
        answer = link.getresponse()
        answer.read()
        print(answer.status)
    except (OSError, http.client.HTTPException):
        link.close()
        print("none")
"""

SHARE = r"""
# SOURCE DESTINATION SECONDS DSCP MBPS: datagrams of 1200 octets at a rate. What a busy machine
# kept it from sending in time is not made up for: no queue was made for that burst.
import socket, sys, time
source, destination, seconds, dscp, mbps = sys.argv[1], sys.argv[2], *map(float, sys.argv[3:6])
link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
link.bind((source, 0))
link.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, int(dscp) << 2)
link.setblocking(False)
began, sent, missed, at_once = time.monotonic(), 0, 0, 50
data = b"x" * 1200
print("begins", flush=True)
while (now := time.monotonic() - began) < seconds:
    due = int(now * mbps * 1e6 / 8 / 1228) - missed
    late = max(0, due - sent - at_once)
    missed, due = missed + late, due - late
    while sent < due:
        sent += 1
        try:
            link.sendto(data, (destination, 9))
        except BlockingIOError:
            pass
    time.sleep(0.002)
print(sent)
"""
