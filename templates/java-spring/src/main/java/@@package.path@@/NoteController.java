package @@package@@;

import jakarta.validation.Valid;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.Size;
import java.util.List;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** The routes; a note that is no good is answered with 400. */
@RestController
public class NoteController {
    private final Notes notes;

    public NoteController(Notes notes) {
        this.notes = notes;
    }

    public record NewNote(@NotEmpty @Size(max = 1000) String text) {
    }

    @GetMapping("/")
    public Map<String, String> index() {
        return Map.of("service", "@@name@@");
    }

    @GetMapping("/notes")
    public List<Note> list() {
        return notes.latest();
    }

    @PostMapping("/notes")
    @ResponseStatus(HttpStatus.CREATED)
    public Note add(@Valid @RequestBody NewNote note) {
        return notes.add(note.text());
    }
}
