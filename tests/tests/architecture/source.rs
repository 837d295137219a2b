//! Rust source as tokens, without comments and without what only tests compile.

/// A part of a source that a check may ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// An identifier or keyword.
    Word(String),
    /// The content of a string literal.
    Text(String),
    /// Any other character; `0` stands for a number or a character literal.
    Mark(char),
}

/// A token and the line it begins on, from 1.
#[derive(Debug, Clone)]
pub struct Located {
    pub token: Token,
    pub line: usize,
}

impl Located {
    pub fn word(&self) -> Option<&str> {
        match &self.token {
            Token::Word(word) => Some(word),
            _ => None,
        }
    }

    pub fn is(&self, mark: char) -> bool {
        self.token == Token::Mark(mark)
    }
}

/// The tokens of a source.
pub fn tokens(source: &str) -> Vec<Located> {
    let mut reader = Reader {
        rest: source,
        line: 1,
        found: Vec::new(),
    };
    while reader.step() {}
    reader.found
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    found: Vec<Located>,
}

impl Reader<'_> {
    fn take(&mut self, bytes: usize) -> String {
        let (taken, rest) = self.rest.split_at(bytes.min(self.rest.len()));
        self.rest = rest;
        self.line += taken.matches('\n').count();
        taken.to_owned()
    }

    fn push(&mut self, token: Token, line: usize) {
        self.found.push(Located { token, line });
    }

    /// Reads one token or comment; false at the end.
    fn step(&mut self) -> bool {
        let Some(first) = self.rest.chars().next() else {
            return false;
        };
        let line = self.line;
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let word_length = self.rest.find(|c| !is_word(c)).unwrap_or(self.rest.len());
        if self.rest.starts_with("//") {
            self.take(self.rest.find('\n').unwrap_or(self.rest.len()));
        } else if self.rest.starts_with("/*") {
            self.block_comment();
        } else if let Some(text) = self.string(word_length) {
            self.push(Token::Text(text), line);
        } else if first == '\'' {
            self.quote();
        } else if first.is_ascii_digit() {
            self.take(word_length);
            self.push(Token::Mark('0'), line);
        } else if is_word(first) {
            let word = self.take(word_length);
            self.push(Token::Word(word), line);
        } else {
            self.take(first.len_utf8());
            if !first.is_whitespace() {
                self.push(Token::Mark(first), line);
            }
        }
        true
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        loop {
            if self.rest.starts_with("/*") {
                depth += 1;
                self.take(2);
            } else if self.rest.starts_with("*/") {
                depth -= 1;
                self.take(2);
            } else {
                self.take(self.rest.chars().next().map_or(0, char::len_utf8));
            }
            if depth == 0 || self.rest.is_empty() {
                return;
            }
        }
    }

    /// A string literal of any kind, if one begins here with a prefix of `prefix` bytes.
    fn string(&mut self, prefix: usize) -> Option<String> {
        let (name, rest) = self.rest.split_at(prefix);
        let raw = matches!(name, "r" | "br" | "cr");
        let hashes = rest.len() - rest.trim_start_matches('#').len();
        if raw && rest[hashes..].starts_with('"') {
            let close = format!("\"{}", "#".repeat(hashes));
            let begin = prefix + hashes + 1;
            let length = self.rest[begin..].find(&close)?;
            self.take(begin);
            let text = self.take(length);
            self.take(close.len());
            Some(text)
        } else if matches!(name, "" | "b" | "c") && rest.starts_with('"') {
            let mut escaped = false;
            let ends = |c: char| {
                let end = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                end
            };
            let length = rest[1..].find(ends)?;
            self.take(prefix + 1);
            let text = self.take(length);
            self.take(1);
            Some(text)
        } else {
            None
        }
    }

    /// A character literal or a lifetime.
    fn quote(&mut self) {
        let line = self.line;
        let mut after = self.rest[1..].chars();
        let (one, two) = (after.next(), after.next());
        if one == Some('\\') {
            let end = self.rest[3..].find('\'').map_or(self.rest.len(), |at| at + 4);
            self.take(end);
            self.push(Token::Mark('0'), line);
        } else if two == Some('\'') {
            self.take(2 + one.map_or(0, char::len_utf8));
            self.push(Token::Mark('0'), line);
        } else {
            self.take(1);
        }
    }
}

/// What is left when everything is taken out that stands under `#[cfg(test)]` or `#[test]`, and how many lines that was.
pub fn without_tests(all: &[Located]) -> (Vec<Located>, usize) {
    let mut kept = Vec::new();
    let mut lines = 0;
    let mut at = 0;
    while at < all.len() {
        let Some((end, inner)) = attribute(all, at) else {
            kept.push(all[at].clone());
            at += 1;
            continue;
        };
        if !is_test(&all[at..end]) {
            kept.extend_from_slice(&all[at..end]);
            at = end;
            continue;
        }
        let first = all[at].line;
        at = if inner { all.len() } else { end_of_item(all, end) };
        lines += all[at - 1].line + 1 - first;
    }
    (kept, lines)
}

/// Where the attribute that begins at `at` ends, and whether it is one of what stands around it (`#![…]`).
pub fn attribute(all: &[Located], at: usize) -> Option<(usize, bool)> {
    let inner = all.get(at + 1)?.is('!');
    let open = at + 1 + usize::from(inner);
    if !(all[at].is('#') && all.get(open)?.is('[')) {
        return None;
    }
    let mut depth = 0;
    for (i, token) in all.iter().enumerate().skip(open) {
        match token.token {
            Token::Mark('[') => depth += 1,
            Token::Mark(']') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((i + 1, inner));
        }
    }
    None
}

fn is_test(attribute: &[Located]) -> bool {
    let words: Vec<&str> = attribute.iter().filter_map(Located::word).collect();
    matches!(words[..], ["test"] | ["cfg", "test"] | ["cfg", "all", "test", ..])
}

/// Where the item, field or variant that begins at `at` ends, its own attributes included.
fn end_of_item(all: &[Located], mut at: usize) -> usize {
    while let Some((end, _)) = (at < all.len()).then(|| attribute(all, at)).flatten() {
        at = end;
    }
    let kinds = [
        "use",
        "static",
        "const",
        "type",
        "let",
        "fn",
        "struct",
        "enum",
        "trait",
        "impl",
        "mod",
        "union",
        "macro_rules",
    ];
    let kind = all[at..]
        .iter()
        .take(8)
        .filter_map(Located::word)
        .find(|w| kinds.contains(w));
    let has_braces_inside = matches!(kind, Some("use" | "static" | "type" | "let"));
    let mut depth = 0;
    for (i, token) in all.iter().enumerate().skip(at) {
        match token.token {
            Token::Mark('(' | '[' | '{') => depth += 1,
            Token::Mark(')' | ']') => depth -= 1,
            Token::Mark('}') => {
                depth -= 1;
                if depth == 0 && !has_braces_inside {
                    return i + 1;
                }
            }
            Token::Mark(';') if depth == 0 => return i + 1,
            Token::Mark(',') if depth == 0 && kind.is_none() => return i + 1,
            _ => {}
        }
        if depth < 0 {
            return i; // the last field or variant
        }
    }
    all.len()
}
