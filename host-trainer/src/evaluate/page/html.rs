use super::super::picture::svg::escape;

/// A section with its heading; `body` is HTML.
pub(super) fn section(id: &str, title: &str, body: &str) -> String {
    format!(
        "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{}</h2>\n{body}</section>\n",
        escape(title)
    )
}

/// A paragraph of plain text.
pub(super) fn paragraph(text: &str) -> String {
    format!("<p>{}</p>\n", escape(text))
}

/// Says that something is missing, and why.
pub(super) fn not_available(why: &str) -> String {
    format!("<p class=\"none\">Not available: {}</p>\n", escape(why))
}

/// A warning that is seen without colour too.
pub(super) fn warning(text: &str) -> String {
    format!(
        "<p class=\"warning\"><strong>WARNING:</strong> {}</p>\n",
        escape(text)
    )
}

/// A table of plain text; the first column names the rows. What is wider than the window scrolls, also by
/// keyboard.
pub(super) fn table(caption: &str, head: &[&str], rows: &[Vec<String>]) -> String {
    let caption = escape(caption);
    let head: String = head
        .iter()
        .map(|h| format!("<th scope=\"col\">{}</th>", escape(h)))
        .collect();
    let cell = |(i, text): (usize, &String)| match i {
        0 => format!("<th scope=\"row\">{}</th>", escape(text)),
        _ => format!("<td>{}</td>", escape(text)),
    };
    let row = |r: &Vec<String>| {
        let cells: String = r.iter().enumerate().map(cell).collect();
        format!("<tr>{cells}</tr>\n")
    };
    let rows: String = rows.iter().map(row).collect();
    format!(
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{caption}\">\n<table><caption>{caption}</caption>\n\
         <thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n"
    )
}

/// A table that opens on demand; also without scripts and by keyboard.
pub(super) fn folded_table(caption: &str, head: &[&str], rows: &[Vec<String>]) -> String {
    format!(
        "<details><summary>{} as a table</summary>\n{}</details>\n",
        escape(caption),
        table(caption, head, rows)
    )
}

/// A picture with its caption in plain text.
pub(super) fn figure(svg: &str, caption: &str) -> String {
    format!(
        "<figure>\n{svg}<figcaption>{}</figcaption>\n</figure>\n",
        escape(caption)
    )
}

/// Three decimals.
pub(super) fn three(value: f64) -> String {
    format!("{value:.3}")
}

/// `12.3 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// Pictures and tables beside each other where there is room.
pub(super) fn beside(parts: &[String]) -> String {
    format!("<div class=\"figures\">\n{}</div>\n", parts.concat())
}

/// A label in a sentence, where `all` would be read as a word.
pub(super) fn quoted(label: &str) -> String {
    format!("“{label}”")
}
