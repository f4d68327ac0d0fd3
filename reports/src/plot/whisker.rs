//! Estimates with their intervals as small plots in the cells of a table, on one axis for all rows.

/// A row's estimate among those of the other rows: a tick, precision as a thick bar, range of outcomes as a thin one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Whisker {
    /// The axis that all rows share.
    pub axis: Shared,
    /// The estimate.
    pub value: f64,
    /// The interval of its precision.
    pub precision: (f64, f64),
    /// The range of outcomes.
    pub outcomes: (f64, f64),
}

/// The left end of a whisker plot of differences is not 0; this plots one with zero in the middle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DifferenceWhisker {
    /// The axis runs from minus this to plus this.
    pub reach: f64,
    /// The estimate.
    pub value: f64,
    /// Its interval.
    pub precision: (f64, f64),
}

/// The axis of a column of whiskers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shared {
    /// The smallest value above 0, where the scale is logarithmic; 0 where it is linear.
    from: f64,
    to: f64,
}

/// From this ratio of the largest to the smallest on, a linear axis would show nothing of the small ones.
const LOG_FROM: f64 = 50.0;

impl Shared {
    /// The axis on which all these values are seen: linear from 0, or logarithmic where they are too far apart.
    pub fn of(values: impl Iterator<Item = f64> + Clone) -> Shared {
        let to = values.clone().fold(0.0, f64::max);
        let smallest = values.filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min);
        Shared { from: if to > LOG_FROM * smallest { smallest } else { 0.0 }, to }
    }

    /// Whether it is logarithmic. Its left end is then 0 and everything below the smallest value that it was made for.
    pub fn is_log(self) -> bool {
        self.from > 0.0
    }

    fn part(self, value: f64) -> f64 {
        if self.is_log() {
            // 0 stands at the left end, clear of the smallest value.
            let low = self.from / 2.0;
            return (libm::log(value.max(low) / low) / libm::log(self.to / low)).clamp(0.0, 1.0);
        }
        (value / self.to.max(f64::MIN_POSITIVE)).clamp(0.0, 1.0)
    }
}

const WHISKER_WIDTH: f64 = 150.0;
const WHISKER_HEIGHT: f64 = 18.0;

impl Whisker {
    /// The whisker as an SVG element, hidden from screen readers: the cell beside it says the same in words.
    pub fn svg(self) -> String {
        let place = |value: f64| 4.0 + self.axis.part(value) * (WHISKER_WIDTH - 8.0);
        let base = format!(r#"<path class="axis" d="M4 1V{:.0}"/>"#, WHISKER_HEIGHT - 1.0);
        let thin =
            format!(r#"<path class="outcomes" d="M{:.1} 9H{:.1}"/>"#, place(self.outcomes.0), place(self.outcomes.1));
        whisker(&(base + &thin), place(self.value), (place(self.precision.0), place(self.precision.1)))
    }
}

impl DifferenceWhisker {
    /// The whisker as an SVG element, hidden from screen readers: the cell beside it says the same in words.
    pub fn svg(self) -> String {
        let middle = WHISKER_WIDTH / 2.0;
        let reach = self.reach.max(f64::MIN_POSITIVE);
        let place = |value: f64| middle + (value / reach).clamp(-1.0, 1.0) * (middle - 4.0);
        let base = format!(r#"<path class="axis" d="M{middle} 1V{:.0}"/>"#, WHISKER_HEIGHT - 1.0);
        whisker(&base, place(self.value), (place(self.precision.0), place(self.precision.1)))
    }
}

fn whisker(below: &str, value: f64, precision: (f64, f64)) -> String {
    let (low, high) = precision;
    format!(
        r#"<svg class="whisker" aria-hidden="true" viewBox="0 0 {WHISKER_WIDTH} {WHISKER_HEIGHT}" width="{WHISKER_WIDTH}" height="{WHISKER_HEIGHT}">{below}<path class="precision" d="M{low:.1} 9H{high:.1}"/><path class="estimate" d="M{value:.1} 3V15"/></svg>"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whiskers_stay_inside_their_box() {
        let axis = Shared::of([0.0, 1.0].into_iter());
        let svg = Whisker { axis, value: 3.0, precision: (0.2, 9.0), outcomes: (0.0, 2.0) }.svg();
        assert!(svg.contains(r#"d="M146.0 3V15""#), "{svg}");
    }

    #[test]
    fn values_that_are_far_apart_share_a_logarithmic_axis_and_zero_is_its_left_end() {
        let near = Shared::of([2.0, 90.0].into_iter());
        assert!(!near.is_log());
        let far = Shared::of([0.0, 2.0, 2e6].into_iter());
        assert!(far.is_log());
        assert_eq!((far.part(0.0), far.part(2e6)), (0.0, 1.0));
        assert!(far.part(2.0) > 0.04 && (far.part(2e3) - 0.525).abs() < 0.01, "{}", far.part(2e3));
    }
}
