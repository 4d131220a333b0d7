import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import koffi from "koffi";
import { expect, test } from "vitest";
import { supervisorOf } from "./sd-notify.ts";

test("without NOTIFY_SOCKET nobody is told and nobody watches", () => {
  const supervisor = supervisorOf({});
  supervisor.ready();
  supervisor.alive();
  expect(supervisor.watchdogMs).toBeNull();
});

test("READY and WATCHDOG reach the socket that systemd names", () => {
  const folder = mkdtempSync(join(tmpdir(), "holdpoint-notify-"));
  const path = join(folder, "socket");
  const socket = listenDatagrams(path);
  process.env["NOTIFY_SOCKET"] = path;
  try {
    const supervisor = supervisorOf({ NOTIFY_SOCKET: path, WATCHDOG_USEC: "30000000" });
    expect(supervisor.watchdogMs).toBe(30_000);
    supervisor.ready();
    expect(socket.receive()).toBe("READY=1");
    supervisor.alive();
    expect(socket.receive()).toBe("WATCHDOG=1");
    supervisor.status("two\nlines");
    expect(socket.receive()).toBe("STATUS=two lines");
  } finally {
    delete process.env["NOTIFY_SOCKET"];
    socket.close();
    rmSync(folder, { recursive: true });
  }
});

/** A Unix datagram socket, which Node itself does not have. */
function listenDatagrams(path: string): { receive: () => string; close: () => void } {
  const libc = koffi.load("libc.so.6");
  const socket = libc.func("int socket(int domain, int type, int protocol)");
  const bind = libc.func("int bind(int fd, const void *address, uint32_t length)");
  const recv = libc.func("long recv(int fd, _Out_ uint8_t *buffer, size_t length, int flags)");
  const close = libc.func("int close(int fd)");
  const fd = Number(socket(1, 2, 0));
  const address = Buffer.alloc(110);
  address.writeUInt16LE(1, 0);
  address.write(path, 2);
  expect(bind(fd, address, 2 + path.length + 1)).toBe(0);
  return {
    receive: () => {
      const buffer = Buffer.alloc(256);
      const length = Number(recv(fd, buffer, buffer.length, 0));
      return buffer.toString("utf8", 0, length);
    },
    close: () => close(fd),
  };
}
