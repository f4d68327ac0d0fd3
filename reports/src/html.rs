//! The comparison as one self-contained page: no request, complete without its script, readable in print, in the dark
//! and on a phone.

mod page;
mod tables;

use askama::Template;

use crate::charts::Size;
use crate::view::Comparison;
use crate::{Error, charts};
use page::{Chart, Page};

/// The page. The same comparison gives the same bytes.
///
/// # Errors
/// If the template cannot be filled.
pub fn render(comparison: &Comparison) -> Result<String, Error> {
    // Templates leave out the line end at their end.
    Ok(Page::of(comparison).render()? + "\n")
}

/// Panels that get no higher than this part of the highest one have an axis of their own: on its they would lie flat.
const LOW: f64 = 0.2;

/// The plots of PCs down: the first across the page, the rest side by side, on one axis as far as they can be read on
/// it.
fn down_charts(comparison: &Comparison) -> Vec<Chart> {
    let panels = &comparison.curves.down;
    let highest = panels.iter().map(charts::highest).fold(0.0, f64::max);
    let sized = panels.iter().enumerate().map(|(index, panel)| {
        let size = if index == 0 { Size::Wide } else { Size::Half };
        let own = charts::highest(panel);
        let (title, to) = if own < LOW * highest {
            (format!("{} (on an axis of its own)", panel.title), own)
        } else {
            (panel.title.clone(), highest)
        };
        Chart::of(&title, size, |size| charts::down(comparison, panel, to, size))
    });
    sized.collect()
}
