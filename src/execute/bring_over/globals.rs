//! What a dump says before its first database. Pure.

/// Leaves out of a dump the one statement that can't be carried out: to make the role that every server begins with.
pub struct Globals {
    role: String,
    line: Vec<u8>,
    is_over: bool,
}

impl Globals {
    /// `role` is the one that the new server has been begun with.
    pub fn new(role: &str) -> Self {
        Self { role: role.to_owned(), line: Vec::new(), is_over: false }
    }

    /// What of a piece is to be passed on now.
    pub fn pass(&mut self, piece: &[u8]) -> Vec<u8> {
        let mut passed = Vec::with_capacity(piece.len());
        for (index, byte) in piece.iter().enumerate() {
            if self.is_over {
                passed.extend_from_slice(&piece[index..]);
                break;
            }
            self.line.push(*byte);
            if *byte == b'\n' {
                self.end_line(&mut passed);
            }
        }
        passed
    }

    /// What is left at the end.
    pub fn finish(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.line)
    }

    fn end_line(&mut self, passed: &mut Vec<u8>) {
        let line = std::mem::take(&mut self.line);
        let is_role = made_role(&line).is_some_and(|role| role == self.role);
        // The databases begin here.
        self.is_over = is_role || line.starts_with(b"\\connect");
        if !is_role {
            passed.extend(line);
        }
    }
}

/// The role that `CREATE ROLE name;` or `CREATE ROLE "Name";` makes.
fn made_role(line: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(line).ok()?.trim_end();
    let name = text.strip_prefix("CREATE ROLE ")?.strip_suffix(';')?;
    let quoted = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    Some(quoted.map_or_else(|| name.to_owned(), |name| name.replace("\"\"", "\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same whatever pieces it comes in.
    fn passed(dump: &str, role: &str) -> String {
        let whole = |size| {
            let mut globals = Globals::new(role);
            let mut passed: Vec<u8> = dump.as_bytes().chunks(size).flat_map(|piece| globals.pass(piece)).collect();
            passed.extend(globals.finish());
            String::from_utf8(passed).unwrap()
        };
        assert_eq!(whole(1), whole(1000));
        whole(7)
    }

    #[test]
    fn only_the_first_role_of_the_server_is_left_out() {
        let dump = "SET x;\nCREATE ROLE app;\nALTER ROLE app WITH SUPERUSER;\nCREATE ROLE apple;\n\\connect x\nCREATE ROLE app;\nend";
        assert_eq!(passed(dump, "app"), dump.replacen("CREATE ROLE app;\n", "", 1));
        assert_eq!(passed(dump, "postgres"), dump);
        let quoted = "CREATE ROLE \"o\"\"Neil\";\nALTER\n";
        assert_eq!(passed(quoted, "o\"Neil"), "ALTER\n");
        let data = "\\connect x\nCREATE ROLE app;\n";
        assert_eq!(passed(data, "app"), data);
    }
}
