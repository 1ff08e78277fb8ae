//! How the database gets its tables: each file of `migrations/` runs once, in this order.

use anyhow::Context;
use deadpool_postgres::{Pool, Transaction};

/// Every migration has to be named here, oldest first.
const MIGRATIONS: &[(&str, &str)] = &[("0001_notes", include_str!("../migrations/0001_notes.sql"))];

/// Two that migrate at once wait for each other; any number will do.
const LOCK: i64 = 4_102_444;

/// Runs what has not run yet: all of it, each with the note that it ran, or nothing.
pub async fn migrate(pool: &Pool) -> anyhow::Result<()> {
    let mut client = pool.get().await?;
    let transaction = client.transaction().await?;
    transaction
        .execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK])
        .await?;
    let table = "CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, ran_at timestamptz DEFAULT now())";
    transaction.batch_execute(table).await?;
    for (name, sql) in MIGRATIONS {
        migrate_one(&transaction, name, sql).await.context(*name)?;
    }
    Ok(transaction.commit().await?)
}

async fn migrate_one(transaction: &Transaction<'_>, name: &str, sql: &str) -> anyhow::Result<()> {
    let noted = "INSERT INTO migrations (name) VALUES ($1) ON CONFLICT DO NOTHING";
    if transaction.execute(noted, &[&name]).await? == 1 {
        transaction.batch_execute(sql).await?;
        println!("migrated {name}");
    }
    Ok(())
}
