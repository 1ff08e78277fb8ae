//! Redis and Valkey, which know databases by number: the service's own is 0, and names are remembered on this computer.
//!
//! A dump is a sequence of commands of their protocol, each of which restores a key with its time to live, so that any client
//! can send it.

use super::{Account, Call, Copying, Provider, Reads, Then, in_folder, shell_script};
use crate::db::dump_format::Content;
use crate::db::{ASIDE, Target};
use crate::names::Sensitive;
use crate::sieve::{self, Sieve};

pub(super) struct Redis {
    client: &'static str,
}

pub(super) static REDIS: Redis = Redis { client: "redis-cli" };
pub(super) static VALKEY: Redis = Redis { client: "valkey-cli" };

/// Databases that hold something, and connections by database; our own connection asks `client`.
const LIST: &str = r#"
set -e
{ cli INFO keyspace; cli CLIENT LIST; } | tr -d '\r' | awk '
    /^db[0-9]+:/ { number = substr($0, 3, index($0, ":") - 3); match($0, /keys=[0-9]+/); keys[number] = substr($0, RSTART + 5, RLENGTH - 5) }
    /^id=[0-9]+ / && !/ cmd=client/ { match($0, / db=[0-9]+/); sessions[substr($0, RSTART + 4, RLENGTH - 4)]++ }
    BEGIN { keys[0] = 0 }
    END { for (number in keys) printf "{\"name\":\"%s\",\"keys\":%d,\"sessions\":%d}\n", number, keys[number], sessions[number] }'
"#;

/// Copies every key into another database, inside of the server.
const COPY: &str = r"
local cursor = '0'
repeat
    local found = redis.call('SCAN', cursor, 'COUNT', 1000)
    cursor = found[1]
    for _, key in ipairs(found[2]) do redis.call('COPY', key, key, 'DB', ARGV[1], 'REPLACE') end
until cursor == '0'
return 'copied'
";

/// Puts one database in the place of another. What is set aside holds a key of its own name from then on, by which it is known
/// that it was; what is brought back has it no more.
const SWAP: &str = r"
redis.call('SELECT', ARGV[1])
redis.call('SET', ARGV[4], '')
redis.call('SWAPDB', ARGV[1], ARGV[2])
redis.call('SELECT', ARGV[1])
redis.call('DEL', ARGV[3])
return 'swapped'
";

/// Answers some keys as commands that restore them, and where to go on.
const PIECE: &str = r"
local found = redis.call('SCAN', ARGV[1], 'COUNT', 20000)
local out = {}
for _, key in ipairs(found[2]) do
    local value, left = redis.call('DUMP', key), redis.call('PTTL', key)
    if value then
        if left < 0 then left = 0 end
        left = tostring(left)
        out[#out + 1] = '*5\r\n$7\r\nRESTORE\r\n$' .. #key .. '\r\n' .. key .. '\r\n$' .. #left .. '\r\n' .. left ..
            '\r\n$' .. #value .. '\r\n' .. value .. '\r\n$7\r\nREPLACE\r\n'
    end
end
return {table.concat(out), found[1]}
";

/// Writes the pieces one after the other: each comes with the next cursor as its last line.
const DUMP: &str = r#"
set -e
piece=$(mktemp)
trap 'rm -f "$piece"' EXIT
cursor=0
while :; do
    cli --raw EVAL "$DEVENV_PIECE" 0 "$cursor" >"$piece"
    cursor=$(tail -n 1 "$piece")
    case $cursor in '' | *[!0-9]*) cat "$piece" >&2; exit 1 ;; esac
    head -c "$(($(wc -c <"$piece") - ${#cursor} - 2))" "$piece"
    [ "$cursor" = 0 ] && exit
done
"#;

/// Clients are told which database they mean by arguments only.
const WRAPPER: &str = r#"
mkdir .bin
printf '#!/bin/sh\nexec %s -n %s "$@"\n' "$(command -v "$DEVENV_CLIENT")" "$DEVENV_NUMBER" >".bin/$DEVENV_CLIENT"
chmod +x ".bin/$DEVENV_CLIENT"
PATH="$PWD/.bin:$PATH"
"#;

impl Provider for Redis {
    fn dumps_packed(&self) -> bool {
        false
    }

    fn numbers(&self) -> Option<u32> {
        // What an unconfigured server has.
        Some(16)
    }

    fn list(&self, account: &Account) -> Call {
        self.script(account, None, LIST)
    }

    fn create(&self, account: &Account, name: &Target, _: Option<&Target>) -> Call {
        // It is there already, and has to be empty.
        self.script(account, Some(name), "said=$(cli FLUSHDB); [ \"$said\" = OK ] || { echo \"$said\" >&2; exit 1; }")
    }

    fn copy(&self, account: &Account, copying: &Copying<'_>) -> Vec<Call> {
        let script = "said=$(cli EVAL \"$DEVENV_COPY\" 0 \"$DEVENV_TO\"); [ \"$said\" = copied ] || { echo \"$said\" >&2; exit 1; }";
        let mut call = self.script(account, Some(copying.from), script);
        call.variables.push(("DEVENV_COPY", Sensitive::new(COPY)));
        call.variables.push(("DEVENV_TO", Sensitive::new(number(copying.to))));
        vec![call]
    }

    fn remove(&self, account: &Account, name: &Target) -> Call {
        self.create(account, name, None)
    }

    fn rename(&self, account: &Account, from: &Target, to: &Target) -> Call {
        // Its number stays; what it is called is remembered elsewhere. What is set aside is marked as in a swap.
        let command = if to.name.starts_with(ASIDE) { "SET \"$DEVENV_TO\" ''" } else { "DEL \"$DEVENV_FROM\"" };
        let script =
            format!("said=$(cli {command}); case $said in OK | 0 | 1) ;; *) echo \"$said\" >&2; exit 1 ;; esac");
        let mut call = self.script(account, Some(from), &script);
        call.variables.push(("DEVENV_FROM", Sensitive::new(&from.name)));
        call.variables.push(("DEVENV_TO", Sensitive::new(&to.name)));
        call
    }

    fn swap(&self, account: &Account, current: &Target, side: &Target, aside: &Target) -> Call {
        let script = "said=$(cli EVAL \"$DEVENV_SWAP\" 0 \"$DEVENV_ONE\" \"$DEVENV_OTHER\" \"$DEVENV_FROM\" \"$DEVENV_TO\"); [ \"$said\" = swapped ] || { echo \"$said\" >&2; exit 1; }";
        let mut call = self.script(account, None, script);
        let told = [
            ("DEVENV_SWAP", SWAP.to_owned()),
            ("DEVENV_ONE", number(current)),
            ("DEVENV_OTHER", number(side)),
            ("DEVENV_FROM", side.name.clone()),
            ("DEVENV_TO", aside.name.clone()),
        ];
        call.variables.extend(told.map(|(key, value)| (key, Sensitive::new(value))));
        call
    }

    fn has_moved(&self, account: &Account, _: &Target, aside: &Target) -> Option<Call> {
        let mut call = self.script(account, Some(aside), "cli EXISTS \"$DEVENV_TO\"");
        call.variables.push(("DEVENV_TO", Sensitive::new(&aside.name)));
        Some(call)
    }

    fn dump(&self, account: &Account, name: &Target) -> Call {
        let mut call = self.script(account, Some(name), DUMP);
        call.variables.push(("DEVENV_PIECE", Sensitive::new(PIECE)));
        call
    }

    fn load(&self, account: &Account, name: &Target) -> Call {
        self.script(account, Some(name), "cli --pipe >&2")
    }

    fn import(&self, account: &Account, name: &Target, (reads, _): (Reads, Then)) -> Call {
        match reads {
            Reads::Dump => self.load(account, name),
            Reads::Statements => self.script(account, Some(name), "cli -e >/dev/null"),
        }
    }

    fn sieve(&self, reads: Reads) -> Option<Box<dyn Sieve>> {
        Some(match reads {
            Reads::Dump => Box::new(sieve::Protocol::default()),
            Reads::Statements => Box::new(sieve::Inline::default()),
        })
    }

    fn reads(&self, content: Content) -> Option<Reads> {
        match content {
            Content::RedisCommands => Some(Reads::Dump),
            Content::Sql => Some(Reads::Statements),
            _ => None,
        }
    }

    fn export(&self, account: &Account, name: &Target) -> Call {
        self.dump(account, name)
    }

    fn exports_text(&self) -> bool {
        false
    }

    fn beside(&self, account: &Account, name: &Target, command: (&str, &str)) -> Call {
        self.script(account, Some(name), &in_folder(WRAPPER, command))
    }

    fn shell(&self, account: &Account, name: &Target) -> Call {
        let mut call = self.script(account, Some(name), "exec $DEVENV_CLIENT -n \"$DEVENV_NUMBER\" \"$@\"");
        call.command.push("client".to_owned());
        call
    }

    fn refuses_dump(&self, of: &str, by: &str) -> Option<String> {
        let major = |version: &str| crate::catalog::major(version).parse::<u32>().ok();
        let (of, by) = (major(of)?, major(by)?);
        (of > by).then(|| format!("version {by} does not read what {of} wrote"))
    }
}

impl Redis {
    fn script(&self, account: &Account, of: Option<&Target>, script: &str) -> Call {
        let mut variables = vec![
            ("DEVENV_CLIENT", Sensitive::new(self.client)),
            ("DEVENV_NUMBER", Sensitive::new(of.map_or_else(|| "0".to_owned(), number))),
        ];
        variables.extend(account.password.clone().map(|password| ("REDISCLI_AUTH", password)));
        let script = format!("cli() {{ $DEVENV_CLIENT -n \"$DEVENV_NUMBER\" \"$@\"; }}\n{script}\n");
        Call { command: shell_script(&script), variables, input: String::new() }
    }
}

fn number(of: &Target) -> String {
    of.number.unwrap_or(0).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_asked_for_by_its_number() {
        let password = Some(Sensitive::new("geheim"));
        let account = Account { user: String::new(), password, database: "0".into(), version: "8".into() };
        let three = Target { name: "trial".into(), number: Some(3) };
        let call = REDIS.dump(&account, &three);
        let told =
            |key: &str| call.variables.iter().find(|(one, _)| *one == key).map(|(_, value)| value.reveal().to_owned());
        assert_eq!(told("DEVENV_NUMBER").as_deref(), Some("3"));
        assert_eq!(told("REDISCLI_AUTH").as_deref(), Some("geheim"));
        assert!(!call.command.join(" ").contains("geheim"));
        assert!(REDIS.refuses_dump("8", "7").is_some() && REDIS.refuses_dump("7", "8").is_none());
    }
}
