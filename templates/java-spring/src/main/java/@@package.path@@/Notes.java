package @@package@@;

import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** What is stored. */
@Repository
public class Notes {
    private final JdbcClient database;

    public Notes(JdbcClient database) {
        this.database = database;
    }

    public List<Note> latest() {
        return database.sql("SELECT id, text, created_at FROM notes ORDER BY id DESC LIMIT 100").query(Note.class).list();
    }

    public Note add(String text) {
        return database.sql("INSERT INTO notes (text) VALUES (:text) RETURNING id, text, created_at")
                .param("text", text)
                .query(Note.class)
                .single();
    }

    public void remove(long id) {
        database.sql("DELETE FROM notes WHERE id = :id").param("id", id).update();
    }
}
