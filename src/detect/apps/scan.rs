//! Reads just enough of settings and source files, line by line, where parsing a language would be too much.

use crate::words::{shell_quoted, shell_word};

/// A string, a number or a truth as it is written.
pub(super) fn scalar(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Float(number) => Some(number.to_string()),
        toml::Value::Boolean(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// A path or name as a word of a shell: people give their folders any name.
pub(super) fn word(text: &str) -> String {
    // Quotes keep no program from taking it for an option; a folder in front of it does no harm.
    if text.starts_with('-') { shell_quoted(text) } else { shell_word(text) }
}

/// The text after `needle`, up to the end of its line.
pub(super) fn after<'a>(text: &'a str, needle: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(needle)?;
    rest.lines().next()
}

/// The first piece in quotes.
pub(super) fn quoted(text: &str) -> Option<&str> {
    let start = text.find(['"', '\'', '`'])?;
    let quote = text[start..].chars().next()?;
    let rest = &text[start + 1..];
    rest.split_once(quote).map(|(piece, _)| piece)
}

/// Lines with their numbers from 1, without those that are only a comment.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line)).filter(|(_, line)| {
        let line = line.trim_start();
        !["#", "//", "--", ";", "*"].iter().any(|start| line.starts_with(start))
    })
}

/// Ports that databases and their kin are known by: a number like these is nobody's own port.
const TAKEN: &[u16] = &[
    21, 22, 25, 53, 110, 143, 389, 443, 465, 587, 993, 995, 1025, 1080, 1433, 1521, 1883, 2181, 2525, 3306, 3307, 4222,
    4317, 4318, 5044, 5432, 5433, 5434, 5601, 5671, 5672, 6378, 6379, 6380, 6432, 7687, 8025, 9042, 9092, 9200, 9229,
    9300, 11211, 15672, 27017, 27018, 33060, 5005, 8125, 6831,
];

/// Whether an app could be meant by this number.
pub(super) fn is_port(number: u32) -> Option<u16> {
    let port = u16::try_from(number).ok().filter(|port| *port >= 80)?;
    (!TAKEN.contains(&port)).then_some(port)
}

/// The number at the beginning of a text, behind at most a few signs: `: 3000`, `="8080"`, `:9090`, `}"-3000`.
pub(super) fn leading_port(text: &str) -> Option<u16> {
    let rest = text.trim_start_matches(|c: char| " \t:='\"`(,[{|?}-$".contains(c));
    if text.len() - rest.len() > 12 {
        return None;
    }
    number_at(rest)
}

/// A port that a text begins with.
fn number_at(text: &str) -> Option<u16> {
    let digits: &str = &text[..text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len())];
    let next = text[digits.len()..].chars().next();
    if next.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.') {
        return None;
    }
    digits.parse().ok().and_then(is_port)
}

/// Words that make a line with a port in it one of something else.
const ELSEWHERE: &[&str] = &[
    "redis",
    "postgres",
    "mysql",
    "maria",
    "mongo",
    "database",
    "db_",
    "db.",
    "smtp",
    "mail",
    "amqp",
    "rabbit",
    "kafka",
    "elastic",
    "memcache",
    "proxy",
    "target:",
    "targetport",
    "debugport",
    "debug_port",
    "inspect",
    "metrics",
    "prometheus",
    "ldap",
    "imap",
    "sftp",
    "grpc",
    "search",
    "clientport",
    "nats",
    "mqtt",
    "minio",
    "statsd",
    "sentry",
    "pusher",
    "reverb",
    "hmr",
];

/// Where a program says in its own text on which port it listens, and the line that says so.
///
/// What names a port (`PORT`, `httpPort = 3000`) outweighs what looks like an address (`":8080"`, `0.0.0.0:8080`).
pub(super) fn code_port(text: &str) -> Option<(u16, usize)> {
    let told = lines(text).take(4000).filter(|(_, line)| line.len() < 400 && !is_elsewhere(line));
    let mut address = None;
    for (number, line) in told {
        if let Some(port) = named_port(line) {
            return Some((port, number));
        }
        if address.is_none() {
            address = listened_port(line).map(|port| (port, number));
        }
    }
    address
}

/// The port in a block of settings that begins here: `: { host: true, port: 3000 }`, and the number of its line from 1. Inner
/// blocks for others, such as `proxy` and `hmr`, are passed over.
pub(super) fn block_port(text: &str) -> Option<(u16, usize)> {
    let (mut blocks, mut parentheses, mut start) = (Vec::new(), 0_usize, 0);
    for (at, c) in text.char_indices().take(20_000) {
        match c {
            '(' => parentheses += 1,
            ')' => parentheses = parentheses.saturating_sub(1),
            '{' => blocks.push(is_elsewhere(&text[start..at])),
            '}' | ',' | '\n' if parentheses == 0 => {
                let segment = &text[start..at];
                let is_own = !blocks.is_empty()
                    && !blocks.contains(&true)
                    && !is_elsewhere(segment)
                    && !segment.trim_start().starts_with("//");
                if let Some(port) = named_port(segment).filter(|_| is_own) {
                    return Some((port, text[..start].matches('\n').count() + 1));
                }
                if c == '}' {
                    blocks.pop();
                    if blocks.is_empty() {
                        return None;
                    }
                }
            }
            _ => continue,
        }
        if "{},\n".contains(c) && (parentheses == 0 || c == '{') {
            start = at + c.len_utf8();
        }
    }
    None
}

fn is_elsewhere(line: &str) -> bool {
    let line = line.to_lowercase();
    ELSEWHERE.iter().any(|word| line.contains(word))
}

/// `const PORT = process.env.PORT || 3000`, `portNumber := "9000"`, `.port(8080)`.
fn named_port(line: &str) -> Option<u16> {
    let mut at = 0;
    while let Some(found) = line.get(at..)?.to_ascii_lowercase().find("port") {
        let (start, end) = (at + found, at + found + 4);
        at = end;
        if is_port_word(line, start, end) {
            let rest = line.get(end..)?;
            let name_end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            if let Some(port) = first_port(&rest[name_end..]) {
                return Some(port);
            }
        }
    }
    None
}

/// Not `import`, `export`, `report`: a word that begins or ends with it.
fn is_port_word(line: &str, start: usize, end: usize) -> bool {
    let (before, word, after) = (&line[..start], &line[start..end], &line[end..]);
    let begins = !before.ends_with(|c: char| c.is_ascii_alphanumeric())
        || (word.starts_with('P') && before.ends_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()));
    let ends = !after.starts_with(|c: char| c.is_ascii_lowercase()) || after.starts_with("num");
    begins && ends
}

/// The first number of a line that stands alone and may be a port.
fn first_port(text: &str) -> Option<u16> {
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let stands_alone = !rest[..start].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.');
        let number = &rest[start..];
        if stands_alone && let Some(port) = number_at(number) {
            return Some(port);
        }
        rest = number.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    None
}

/// What stands right before the number of an address that a server is told.
const LISTENS: &[&str] = &[
    "listen(",
    ".start(",
    "\":",
    "':",
    "`:",
    "0.0.0.0:",
    "127.0.0.1:",
    "[::]:",
    "0, 0, 0, 0], ",
    "0,0,0,0], ",
    "0,0,0,0],",
    "[0; 4], ",
    "127, 0, 0, 1], ",
    "127,0,0,1],",
    "1\", ",
];

fn listened_port(line: &str) -> Option<u16> {
    if line.contains("://") {
        return None;
    }
    let told = |start: &str| line.match_indices(start).find_map(|(at, _)| number_at(&line[at + start.len()..]));
    LISTENS.iter().find_map(|start| told(start)).or_else(|| {
        let (_, rest) = line.split_once("0.0.0.0\"")?;
        first_port(rest)
    })
}

/// The port that a command gives its server: `-p 3000`, `--port=8080`, `PORT=4000`, `runserver 0.0.0.0:8000`.
pub(super) fn command_port(command: &str) -> Option<u16> {
    const OPTIONS: &[&str] = &["--port", "--PORT", "-p", "-P", "--http-port", "--server.port", "-Dserver.port"];
    let command = command.replace(['"', '\''], " ").replace('=', " ");
    let words: Vec<&str> = command.split_whitespace().collect();
    for (index, word) in words.iter().enumerate() {
        let next = words.get(index + 1).copied().unwrap_or_default();
        let is_variable = word.len() >= 4 && word.ends_with("PORT") && !is_elsewhere(word);
        if (OPTIONS.contains(word) || is_variable)
            && let Some(port) = number_at(next).or_else(|| default_of(next))
        {
            return Some(port);
        }
        let glued = word.strip_prefix("-p").and_then(number_at);
        let address = word.rsplit_once(':').filter(|(host, _)| is_address(host)).and_then(|(_, port)| number_at(port));
        let bare = (index > 0 && ["runserver", "http.server"].contains(&words[index - 1])).then(|| number_at(word));
        if let Some(port) = glued.or(address).or(bare.flatten()) {
            return Some(port);
        }
    }
    None
}

fn is_address(host: &str) -> bool {
    host.is_empty()
        || ["0.0.0.0", "127.0.0.1", "localhost", "[::]", "*", "+"].contains(&host.rsplit('/').next().unwrap_or(host))
}

/// `${PORT:-3000}`, `${PORT:5000}`.
pub(super) fn default_of(text: &str) -> Option<u16> {
    let (_, rest) = text.split_once("${")?;
    let (_, default) = rest.split_once(':')?;
    number_at(default.trim_start_matches(['-', '=']).trim_start_matches(['"', '\'']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_found_where_a_program_says_it() {
        for (line, port) in [
            ("const PORT = process.env.PORT || 3000;", Some(3000)),
            ("app.listen(configService.get('PORT') || 3170);", Some(3170)),
            ("portNumber := \"9000\"", Some(9000)),
            ("port = int(os.environ.get('PORT', 5000))", Some(5000)),
            ("port ENV.fetch(\"PORT\") { 4567 }", Some(4567)),
            ("http.ListenAndServe(\":8080\", nil)", Some(8080)),
            ("r.Run(\"0.0.0.0:8081\")", Some(8081)),
            ("SocketAddr::from(([127, 0, 0, 1], 3001))", Some(3001)),
            ("HttpServer::new(f).bind((\"127.0.0.1\", 8088))", Some(8088)),
            ("server.listen(4001)", Some(4001)),
            ("app.run(host='0.0.0.0', port=5001, debug=True)", Some(5001)),
            ("let addr = SocketAddr::from(([0,0,0,0], 3007));", Some(3007)),
            ("Javalin.create().start(7000);", Some(7000)),
            ("flag.String(\"addr\", \":4000\", \"where\")", Some(4000)),
            ("const port = Number(process.env.PORT) || 3100", Some(3100)),
            ("proxy: { target: 'localhost', port: 9000 }", None),
            ("embeddedServer(Netty, port = 8090, host = \"0.0.0.0\")", Some(8090)),
            ("defaultAddress = \":9090\"", Some(9090)),
            ("// port 3000", None),
            ("import x from 3000", None),
            ("REDIS_PORT = 6400", None),
            ("fetch(\"http://localhost:8080\")", None),
            ("port: 5432", None),
            ("ünïcode port é 3000", Some(3000)),
        ] {
            assert_eq!(code_port(line).map(|(port, _)| port), port, "{line}");
        }
    }

    #[test]
    fn any_name_is_one_word_of_a_shell() {
        assert_eq!(word("cmd/server"), "cmd/server");
        assert_eq!(word("my app;rm -rf $HOME"), "'my app;rm -rf $HOME'");
        assert_eq!(word("it's"), r"'it'\''s'");
        assert_eq!(word("-x"), "'-x'");
    }

    #[test]
    fn a_block_of_settings_has_a_port_of_its_own() {
        for (text, port) in [
            (": { port: 3100 }", Some((3100, 1))),
            (": {\n  hmr: { host: 'x', port: 1234 },\n  port: Number(process.env.PORT ?? 3200),\n}", Some((3200, 3))),
            (": { proxy: { '/api': 'http://localhost:8080' }, port: 3300 }, preview: { port: 4 }", Some((3300, 1))),
            (": { host: true }, preview: { port: 4173 }", None),
            (": {", None),
        ] {
            assert_eq!(block_port(text), port, "{text}");
        }
    }

    #[test]
    fn a_command_may_say_its_port() {
        for (command, port) in [
            ("next dev -p 3001 --turbopack", Some(3001)),
            ("vite --port=4000", Some(4000)),
            ("PORT=8001 node server.js", Some(8001)),
            ("bin/rails server -b 0.0.0.0 -p ${PORT:-3000}", Some(3000)),
            ("python manage.py runserver 0.0.0.0:8002", Some(8002)),
            ("python manage.py runserver 8003", Some(8003)),
            ("storybook dev -p6006", Some(6006)),
            ("php -S localhost:8004 -t public", Some(8004)),
            ("npm run dev", None),
            ("mkdir -p 3000x", None),
        ] {
            assert_eq!(command_port(command), port, "{command}");
        }
    }
}
