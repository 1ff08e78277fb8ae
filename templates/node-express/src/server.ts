// Starts the service, and stops it without losing a request.
import { app } from "./app.ts";
import { pool } from "./database.ts";

const port = Number(process.env.PORT ?? 3000);
const server = app.listen(port, "0.0.0.0", (error) => {
  if (error) throw error;
  console.log(`listening on port ${port}`);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    server.close(() => void pool.end());
    server.closeIdleConnections();
  });
}
