//! Profiles: how much work a run puts in, written into the scenario before it is read any further, so that the resolved
//! file says it.

use std::fmt::Write;

use super::Options;
use crate::problem::Problems;
use crate::quantity::{Count, Quantity};
use crate::source::{Key, Node, Sources, Value};

/// How much work a run puts in. A scenario may say under `compare.profiles` what that means for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Seconds: a first look.
    Quick,
    /// A few minutes on two cores.
    #[default]
    Standard,
    /// For every change of the code.
    Ci,
    /// Every PC, as many replications as the file asks for.
    Paper,
}

impl Profile {
    /// All profiles, the quickest first.
    pub const ALL: &[Profile] = &[Profile::Quick, Profile::Ci, Profile::Standard, Profile::Paper];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Profile::Quick => "quick",
            Profile::Standard => "standard",
            Profile::Ci => "ci",
            Profile::Paper => "paper",
        }
    }

    /// The profile of this name.
    pub fn named(name: &str) -> Option<Profile> {
        Profile::ALL.iter().copied().find(|profile| profile.name() == name)
    }

    /// How many PCs a replication has at most where the scenario doesn't say; `None` is all.
    fn pcs(self) -> Option<f64> {
        match self {
            Profile::Quick | Profile::Ci => Some(200e3),
            Profile::Standard => Some(2e6),
            Profile::Paper => None,
        }
    }

    /// How many replications there are where neither profile nor, for standard and paper, the scenario says.
    fn replications(self) -> Option<u32> {
        match self {
            Profile::Quick => Some(12),
            // From 59 on a mean without a width and a 95 % quantile are decided.
            Profile::Ci => Some(60),
            Profile::Standard | Profile::Paper => None,
        }
    }
}

/// Whether a setting is of something that a profile may write.
pub(super) fn writes(setting: &str) -> bool {
    ["compare.sample", "compare.replications"].iter().any(|path| setting.trim_start().starts_with(path))
}

/// Writes the profile's and the command line's `sample` and `replications` into `compare`, and takes `profiles` out.
pub(super) fn apply(root: &mut Node, options: &Options, sources: &mut Sources, problems: &mut Problems) {
    let span = root.head();
    let mut compare = root.get("compare").cloned().unwrap_or(Node { value: Value::Map(Vec::new()), span });
    if compare.entries().is_none() {
        return;
    }
    let profile = options.profile;
    let own = compare.remove("profiles").and_then(|(_, profiles)| profiles.get(profile.name()).cloned());
    let own = |key: &str| own.as_ref().and_then(|own| own.entry(key)).cloned();
    let mut usual = String::new();
    if own("sample").is_none()
        && let Some(sample) = sample(root, profile, compare.get("sample").is_some())
    {
        let _ = writeln!(usual, "sample: {sample}");
    }
    let replications =
        options.replications.or_else(|| profile.replications().filter(|_| own("replications").is_none()));
    if let Some(count) = replications {
        let _ = writeln!(usual, "replications: {{ min: {count} }}");
    }
    for key in ["sample", "replications"] {
        if let Some((key, node)) = own(key) {
            compare.insert(key, node);
        }
    }
    if !usual.is_empty()
        && let Some(usual) = sources.parse(&format!("--profile {}", profile.name()), &usual, problems)
    {
        for (key, node) in usual.entries().unwrap_or_default() {
            compare.insert(key.clone(), node.clone());
        }
    }
    root.insert(
        Key { name: "compare".to_owned(), span: root.entry("compare").map_or(span, |(key, _)| key.span) },
        compare,
    );
}

/// The sample that a profile means for a scenario, if the scenario's own is not to stand.
fn sample(root: &Node, profile: Profile, has_its_own: bool) -> Option<String> {
    match (profile, profile.pcs()) {
        (Profile::Standard, _) if has_its_own => None,
        (_, None) => Some("every organisation".to_owned()),
        (_, Some(most)) => {
            let one_in = (pcs(root)? / most).ceil();
            Some(if one_in > 1.0 { format!("1 in {one_in} organisations") } else { "every organisation".to_owned() })
        }
    }
}

/// The scenario's PCs as far as its tree says before it is checked.
fn pcs(root: &Node) -> Option<f64> {
    let node = root.at("fleet.pcs")?;
    let plain = node.at("uncertain.likely").or_else(|| node.get("value")).unwrap_or(node);
    Count::parse(plain.text()?).ok().map(|count| count.base())
}
