import assert from "node:assert/strict";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";

import { app } from "../src/app.ts";
import { pool } from "../src/database.ts";

let server: Server;
let address: string;

before(async () => {
  server = app.listen(0);
  await new Promise((resolve) => server.once("listening", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

after(async () => {
  server.close();
  await pool.end();
});

const post = (body: unknown) =>
  fetch(`${address}/notes`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

test("the service is healthy", async () => {
  const response = await fetch(`${address}/healthz`);
  assert.deepEqual(await response.json(), { status: "ok" });
});

test("a note is kept", async (t) => {
  const response = await post({ text: "buy milk" });
  assert.equal(response.status, 201);
  const added = (await response.json()) as { id: string; text: string };
  t.after(() => pool.query("DELETE FROM notes WHERE id = $1", [added.id]));
  const notes = (await (await fetch(`${address}/notes`)).json()) as unknown[];
  assert.deepEqual(notes[0], added);
});

test("a note without text is refused", async () => {
  assert.equal((await post({ text: "" })).status, 422);
  assert.equal((await post({})).status, 422);
});
