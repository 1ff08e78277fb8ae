import assert from "node:assert/strict";
import { test } from "node:test";

import { greeting } from "../src/greeting.ts";

test("every hour has a greeting", () => {
  const said = Array.from({ length: 24 }, (_, hour) => greeting(hour));
  assert.equal(new Set(said).size, 4);
  assert.equal(said[8], "Good morning.");
  assert.equal(said[23], "Good evening.");
});
