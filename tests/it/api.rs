//! `/openapi.json` as those meet it who build on it: each answer beside what it says.

mod answers;
