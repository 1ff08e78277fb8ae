// What is stored.
import { pool } from "./database.ts";

export type Note = { id: string; text: string; created_at: Date };

export async function listNotes(): Promise<Note[]> {
  const { rows } = await pool.query<Note>("SELECT id, text, created_at FROM notes ORDER BY id DESC LIMIT 100");
  return rows;
}

export async function addNote(text: string): Promise<Note> {
  const { rows } = await pool.query<Note>("INSERT INTO notes (text) VALUES ($1) RETURNING id, text, created_at", [text]);
  return rows[0]!;
}

/** Fails when the database does not answer or its tables are not there. */
export async function checkNotes(): Promise<void> {
  await pool.query("SELECT 1 FROM notes LIMIT 1");
}
