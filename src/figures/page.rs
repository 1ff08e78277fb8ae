//! The figures as a page of its own, which needs nothing from anywhere: no script, no picture, no letter.

use std::fmt::Write;

use super::answer::{Figures, Slow};
use super::chart::{DARK_STYLE, STYLE, Size, Unit, escaped};
use super::picture::{charts, headlines, more_charts};

const PAGE_STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1f2328;--soft:#57606a;--edge:#d8dee4;--paper:#f6f8fa;--card:#fff}\
@media(prefers-color-scheme:dark){:root{--ink:#f0f6fc;--soft:#9198a1;--edge:#2f353d;--paper:#0d1117;--card:#151b23}}\
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif}\
main{max-width:1280px;margin:0 auto;padding:24px 20px 60px}h1{font-size:24px;margin:0 0 4px}h2{font-size:17px;margin:32px 0 8px}\
p{color:var(--soft);margin:0 0 18px}.numbers{display:flex;flex-wrap:wrap;gap:14px}\
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,520px),1fr));gap:14px}\
.number{background:var(--card);border:1px solid var(--edge);border-radius:8px;padding:12px 16px;min-width:150px;flex:1}\
.number b{display:block;font-size:24px}.number span{color:var(--soft);font-size:13px}.charts{margin-top:14px}\
figure{margin:0;background:var(--card);border:1px solid var(--edge);border-radius:8px;padding:12px 4px 4px;min-width:0}\
figure svg{width:100%;height:auto;display:block}\
table{border-collapse:collapse;width:100%;background:var(--card);border:1px solid var(--edge);border-radius:8px}\
th,td{text-align:right;padding:6px 12px;border-bottom:1px solid var(--edge);font-variant-numeric:tabular-nums}\
th:first-child,td:first-child{text-align:left}th{color:var(--soft);font-weight:500;font-size:13px}\
.table{overflow-x:auto}";

/// A whole document.
pub fn page(figures: &Figures, title: &str) -> String {
    let mut html = head(title);
    let _ = write!(html, "<p>{}</p><div class=\"numbers\">", escaped(&period(figures)));
    for (value, what) in headlines(figures) {
        let _ = write!(html, "<div class=\"number\"><b>{}</b><span>{}</span></div>", escaped(&value), escaped(&what));
    }
    html.push_str("</div><div class=\"charts\">");
    let size = Size { width: 600, height: 250 };
    for chart in charts(figures, size).iter().chain(&more_charts(figures, size)) {
        let _ = write!(html, "<figure>{chart}</figure>");
    }
    html.push_str("</div>");
    html.push_str(&repos(figures));
    html.push_str(&slow("Services and apps", &figures.services));
    html.push_str(&slow("Setup steps", &figures.steps));
    html.push_str(&problems(figures));
    html + "</main></body></html>\n"
}

/// A document of one picture.
pub fn page_of(picture: &str, title: &str) -> String {
    format!("{}<figure>{picture}</figure></main></body></html>\n", head(title))
}

/// The beginning of a document, up to its heading.
fn head(title: &str) -> String {
    let title = escaped(title);
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <style>{PAGE_STYLE}{STYLE}@media(prefers-color-scheme:dark){{{DARK_STYLE}}}</style></head><body><main><h1>{title}</h1>"
    )
}

fn period(figures: &Figures) -> String {
    let lines = figures.lines;
    let weeks = match (figures.weeks.first(), figures.weeks.last()) {
        (Some(first), Some(last)) => format!("weeks of {} to {}, ", first.monday, last.monday),
        _ => String::new(),
    };
    let left_out = lines.damaged + lines.newer + lines.untimely + lines.repeated;
    let left_out = if left_out > 0 { format!(", {left_out} lines left out") } else { String::new() };
    format!("{weeks}{} commands{left_out}", figures.commands)
}

fn repos(figures: &Figures) -> String {
    let rows = figures.repos.iter().map(|repo| {
        let blocked = Unit::Hours.text(repo.blocked_hours);
        let numbers = [repo.people, repo.commands, repo.attempts, repo.failed].map(|number| number.to_string());
        let dates = [repo.first.clone(), repo.last.clone()];
        [&[repo.of.shown().to_owned()], &numbers[..], &[blocked], &dates[..]].concat()
    });
    table("Repos", &["repo", "people", "commands", "ups", "failed", "blocked", "first", "last"], rows)
}

fn slow(title: &str, rows: &[Slow]) -> String {
    let rows = rows.iter().map(|row| {
        let times = [row.spread.p50, row.spread.p95, row.total].map(|value| Unit::Seconds.text(value));
        let head = [row.of.shown().to_owned(), row.what.clone(), row.spread.count.to_string()];
        [&head[..], &times[..], &[row.failed.to_string()]].concat()
    });
    table(title, &["repo", "what", "number", "median", "95 %", "in all", "failed"], rows)
}

fn problems(figures: &Figures) -> String {
    let rows = figures.problems.iter().map(|one| {
        let numbers = [one.count, one.people, one.repos].map(|number| number.to_string());
        [std::slice::from_ref(&one.id), &numbers[..], &[Unit::Hours.text(one.blocked_hours)]].concat()
    });
    table("What went wrong", &["problem", "times", "people", "repos", "blocked"], rows)
}

fn table(title: &str, head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let row = |cells: Vec<String>| {
        format!("<tr><td>{}</td></tr>", cells.iter().map(|it| escaped(it)).collect::<Vec<_>>().join("</td><td>"))
    };
    let rows: String = rows.map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    let head = head.join("</th><th>");
    format!(
        "<h2>{title}</h2><div class=\"table\"><table><thead><tr><th>{head}</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )
}
