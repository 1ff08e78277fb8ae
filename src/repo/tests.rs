use super::*;

#[test]
fn paths_are_found_by_folder_and_by_name() {
    let repo = Repo::of(&[("a.txt", ""), ("api/package.json", "{}"), ("api/src/x.js", ""), ("api.md", "")]);
    assert_eq!(repo.below("api").collect::<Vec<_>>(), ["api/package.json", "api/src/x.js"]);
    assert_eq!(repo.in_folder("api").collect::<Vec<_>>(), ["api/package.json"]);
    assert_eq!(repo.in_folder("").collect::<Vec<_>>(), ["a.txt", "api.md"]);
    assert_eq!(repo.named("package.json").collect::<Vec<_>>(), ["api/package.json"]);
    assert!(repo.has("api.md") && !repo.has("api") && repo.has_folder("api/src") && !repo.has_folder("ap"));
}

#[test]
fn a_path_never_leads_out() {
    assert_eq!(join("a/b", "../c").as_deref(), Some("a/c"));
    assert_eq!(join("", "./x/").as_deref(), Some("x"));
    assert_eq!(join("a", "../../b"), None);
    assert_eq!(join("a", "/etc/passwd"), None);
}

#[test]
fn what_lies_too_deep_is_told_and_overflows_nothing() {
    let lists = format!("{{\"a\": \"{}\"}}", "[".repeat(500));
    let (deep, elements) = ("[{\"a\":".repeat(5_000), format!("{}{}", "<a>".repeat(5_000), "</a>".repeat(5_000)));
    let repo = Repo::of(&[("a.json", &deep), ("b.json", &lists), ("pom.xml", &elements)]);
    assert!(repo.json("a.json").is_none() && repo.json("b.json").is_some());
    assert!(repo.xml("pom.xml").is_none_or(|root| root.all().len() < 300));
    assert_eq!(repo.flaws()[0].path, "a.json");
}

#[test]
fn what_is_broken_is_told_once_and_the_rest_goes_on() {
    let repo = Repo::of(&[
        ("package.json", "{ nope"),
        ("tsconfig.json", "// said\n{\"a\": [1, 2,],}"),
        ("pyproject.toml", "x = "),
        ("a.yaml", "x: &x {a: 1}\ny: {<<: *x}\n"),
        ("b.yaml", "x: ["),
        ("pom.xml", "<project>\n <version>1</version></project>"),
        ("c.xml", "<!DOCTYPE x [<!ENTITY a \"b\">]><x>&a;</x>"),
    ]);
    assert!(repo.json("package.json").is_none() && repo.json("package.json").is_none());
    assert_eq!(repo.json("tsconfig.json").unwrap()["a"][1], 2);
    assert!(repo.toml("pyproject.toml").is_none() && repo.yaml("b.yaml").is_none() && repo.xml("c.xml").is_none());
    assert_eq!(repo.yaml("a.yaml").unwrap()["y"]["a"], 1);
    let pom = repo.xml("pom.xml").unwrap();
    assert_eq!(pom.child("version").map(|it| (it.text.as_str(), it.line)), Some(("1", 2)));
    assert!(repo.text("not/there").is_none());
    let flaws: Vec<String> = repo.flaws().into_iter().map(|flaw| flaw.path).collect();
    assert_eq!(flaws, ["b.yaml", "c.xml", "package.json", "pyproject.toml"]);
}

#[test]
fn no_comment_and_no_quote_hides_what_lies_too_deep() {
    let brackets = "[".repeat(1_000_000);
    for before in ["/* \" */", "// it's \"\n", "{'\"': ", "{\"a\\\"'\": "] {
        let text = format!("{before}{brackets}");
        let repo = Repo::of(&[("package.json", &text)]);
        assert!(repo.json("package.json").is_none(), "{before}");
        assert!(repo.flaws()[0].why.contains("JSON within JSON"), "{before}: {}", repo.flaws()[0].why);
    }
    let harmless = format!("// {brackets}\n{{'a': '{brackets}'}}");
    assert!(Repo::of(&[("a.json", &harmless)]).json("a.json").is_some());
}

#[test]
fn aliases_that_make_too_much_are_told() {
    let many = format!("a: &a [{}]\nb: [{}]\n", "x, ".repeat(10_000), "*a, ".repeat(7_000));
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1_000_000), "*a, ".repeat(7_000));
    let few = "a: &a {x: 1}\nb: [*a, *a]\nc: {<<: *a}\n---\nmore: &b [*b]\n";
    let repo = Repo::of(&[("a.yaml", &many), ("b.yaml", &long), ("c.yaml", few)]);
    assert!(repo.yaml("a.yaml").is_none() && repo.yaml("b.yaml").is_none());
    assert!(repo.flaws().iter().all(|flaw| flaw.why.contains("aliases")));
    assert_eq!(repo.yaml("c.yaml").unwrap()["c"]["x"], 1);
}

#[test]
fn lines_are_counted_from_one() {
    let lines = Lines::of("a\n\nb\n");
    assert_eq!([0, 1, 2, 3, 5, 99].map(|offset| lines.at(offset)), [1, 1, 2, 3, 4, 4]);
}
