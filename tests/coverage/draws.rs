//! Outcomes of which the truth is known.

use bugcheck_sim::draw::{Dist, Key, Purpose, normal_quantile};

/// Numbers of one trial of one study.
pub(crate) struct Draws {
    key: Key,
    next: u64,
}

impl Draws {
    /// Those of a trial. Studies with different numbers share none.
    pub(crate) fn of(study: u64, trial: u32) -> Draws {
        Draws { key: Key::new(study, trial), next: 0 }
    }

    /// Equally likely anywhere between 0 and 1.
    pub(crate) fn uniform(&mut self) -> f64 {
        self.next += 1;
        self.key.uniform(self.next, Purpose::Uncertain, 0)
    }

    /// Standard normal.
    pub(crate) fn normal(&mut self) -> f64 {
        normal_quantile(self.uniform())
    }

    /// So many of these outcomes.
    pub(crate) fn outcomes(&mut self, of: &Outcomes, n: u32) -> Vec<f64> {
        (0..n).map(|_| of.draw(self)).collect()
    }
}

/// How outcomes are distributed.
pub(crate) enum Outcomes {
    /// Mean 100, standard deviation 30.
    Normal,
    /// Median 100, with this standard deviation of the logarithm.
    Lognormal(f64),
    /// Nothing, but in this share of replications a log-normal outage (as above, with a standard deviation of 1): the
    /// arm in which mostly nothing goes down.
    Outage(f64),
}

impl Outcomes {
    pub(crate) fn name(&self) -> String {
        match self {
            Outcomes::Normal => "normal".into(),
            Outcomes::Lognormal(sigma) => format!("log-normal, σ = {sigma}"),
            Outcomes::Outage(share) => format!("0, but log-normal (σ = 1) in {:.0} %", share * 100.0),
        }
    }

    pub(crate) fn mean(&self) -> f64 {
        match self {
            Outcomes::Normal => 100.0,
            Outcomes::Lognormal(sigma) => Dist::Lognormal { median: 100.0, sigma: *sigma }.mean(),
            Outcomes::Outage(share) => share * Outcomes::Lognormal(1.0).mean(),
        }
    }

    /// The value that this share of the outcomes does not exceed; of outages, only where it is one.
    pub(crate) fn quantile(&self, q: f64) -> f64 {
        match self {
            Outcomes::Normal => 100.0 + 30.0 * normal_quantile(q),
            Outcomes::Lognormal(sigma) => Dist::Lognormal { median: 100.0, sigma: *sigma }.quantile(q),
            Outcomes::Outage(share) if q <= 1.0 - share => 0.0,
            Outcomes::Outage(share) => Outcomes::Lognormal(1.0).quantile(1.0 - (1.0 - q) / share),
        }
    }

    pub(crate) fn draw(&self, draws: &mut Draws) -> f64 {
        self.quantile(draws.uniform())
    }
}
