"""Brings the database up to date: runs each file of migrations/ once, in the order of their names."""

from pathlib import Path

from database import connect

MIGRATIONS = Path(__file__).with_name("migrations")


def main():
    database = connect()
    database.run("CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, ran_at timestamptz DEFAULT now())")
    ran = {name for (name,) in database.run("SELECT name FROM migrations")}
    for file in sorted(MIGRATIONS.glob("*.sql")):
        if file.name in ran:
            continue
        # All of a file or nothing of it, together with the note that it ran.
        database.run("BEGIN")
        database.run(file.read_text(encoding="utf-8"))
        database.run("INSERT INTO migrations (name) VALUES (:name)", name=file.name)
        database.run("COMMIT")
        print(f"ran {file.name}")
    database.close()


if __name__ == "__main__":
    main()
