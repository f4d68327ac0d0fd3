//! The comparison as one self-contained page: no script, no request, readable in print, in the dark and on a phone.

mod page;
mod tables;

use askama::Template;

use crate::view::Comparison;
use crate::{Error, charts};
use page::{Chart, Page};

/// The page. The same comparison gives the same bytes.
///
/// # Errors
/// If the template cannot be filled.
pub fn render(comparison: &Comparison) -> Result<String, Error> {
    Ok(Page::of(comparison).render()?)
}

/// The plots of PCs down: the first across the page, the rest side by side.
fn down_charts(comparison: &Comparison) -> Vec<Chart> {
    let panels = &comparison.curves.down;
    let highest = charts::highest(panels);
    let sized = panels.iter().enumerate().map(|(index, panel)| {
        let size = if index == 0 { charts::Size::Wide } else { charts::Size::Half };
        Chart { title: panel.title.clone(), svg: charts::down(comparison, panel, highest, size) }
    });
    sized.collect()
}
