// The routes.
import express, { type ErrorRequestHandler } from "express";

import { addNote, checkNotes, listNotes } from "./notes.ts";

export const app = express();
app.disable("x-powered-by");
app.use(express.json({ limit: "100kb" }));

app.get("/", (_request, response) => {
  response.json({ service: "@@name@@" });
});

// Ready when the database can be read.
app.get("/healthz", async (_request, response) => {
  try {
    await checkNotes();
    response.json({ status: "ok" });
  } catch {
    response.status(503).json({ status: "the database does not answer" });
  }
});

app.get("/notes", async (_request, response) => {
  response.json(await listNotes());
});

app.post("/notes", async (request, response) => {
  const text: unknown = request.body?.text;
  if (typeof text !== "string" || text.length === 0 || text.length > 1000) {
    response.status(422).json({ error: "`text` has to be 1 to 1000 characters" });
    return;
  }
  response.status(201).json(await addNote(text));
});

const onError: ErrorRequestHandler = (error, _request, response, next) => {
  if (response.headersSent) {
    next(error);
    return;
  }
  const status = typeof error.status === "number" && error.status < 500 ? error.status : 500;
  if (status === 500) console.error(error);
  response.status(status).json({ error: status === 500 ? "internal error" : error.message });
};
app.use(onError);
