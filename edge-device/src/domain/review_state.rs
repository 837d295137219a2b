use serde::{Deserialize, Serialize};

/// How far a person has gone with a slide. What is unsigned is never called final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewState {
    /// Nobody has signed it.
    #[default]
    Unsigned,
}

impl ReviewState {
    /// All.
    pub const ALL: [Self; 1] = [Self::Unsigned];

    /// Its code, in JSON as in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_a_state_is_its_json() {
        for state in ReviewState::ALL {
            let json = serde_json::to_value(state).unwrap();
            assert_eq!(json, state.code());
            assert_eq!(serde_json::from_value::<ReviewState>(json).unwrap(), state);
        }
    }
}
