package @@package@@;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

/** The service as its callers see it, with a real database behind it. */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
class NotesTest {
    @LocalServerPort
    private int port;

    @Autowired
    private Notes notes;

    @Test
    void theServiceIsHealthy() throws Exception {
        var answer = ask(to("/healthz").GET());
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).contains("UP");
    }

    @Test
    void aNoteIsKept() throws Exception {
        var answer = ask(post("{\"text\": \"buy milk\"}"));
        assertThat(answer.statusCode()).isEqualTo(201);
        var kept = notes.latest().getFirst();
        assertThat(kept.text()).isEqualTo("buy milk");
        notes.remove(kept.id());
    }

    @Test
    void aNoteWithoutTextIsRefused() throws Exception {
        assertThat(ask(post("{\"text\": \"\"}")).statusCode()).isEqualTo(400);
    }

    private HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path));
    }

    private HttpRequest.Builder post(String body) {
        return to("/notes").header("Content-Type", "application/json").POST(BodyPublishers.ofString(body));
    }

    private static HttpResponse<String> ask(HttpRequest.Builder request) throws IOException, InterruptedException {
        try (var client = HttpClient.newHttpClient()) {
            return client.send(request.build(), BodyHandlers.ofString());
        }
    }
}
