// The way to the database: its address comes from DATABASE_URL.
import pg from "pg";

const connectionString = process.env.DATABASE_URL;
if (!connectionString) {
  throw new Error("DATABASE_URL is not set: start the service with `devenv up`");
}

export const pool = new pg.Pool({ connectionString, connectionTimeoutMillis: 5_000 });

// A connection that breaks while nobody uses it is replaced, and no reason to end.
pool.on("error", (error) => console.error("database:", error.message));
