//! The page in a real browser: `cargo test --release --features slow --test browser`.
//!
//! It needs Chromium (Debian: `apt-get install chromium`); `BUGCHECK_BROWSER` names another one. Without any, these
//! tests say so and look at nothing. With `BUGCHECK_SCREENSHOTS=FOLDER` they leave pictures of what they saw.

mod chromium;
#[path = "../command/room.rs"]
#[allow(dead_code, reason = "each test program uses a part of it")]
mod room;

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chromium::Browser;
use room::Room;
use serde_json::{Value, json};

/// Pages to look at: the largest of the library, drawn small, and one without factors or history.
struct Pages {
    _room: Room,
    paths: Vec<(&'static str, PathBuf)>,
}

fn pages() -> Pages {
    let room = Room::with_small_scenario();
    room.run(&["run", "july-2024", "--profile", "ci", "--replications", "10", "--out", "all"]);
    room.run(&["run", "small.yaml", "--set", "fleet.pcs=2k", "--replications", "3", "--out", "all"]);
    let page = |name| room.run_folder("all", name).join("report.html");
    let paths = vec![("july-2024", page("july-2024")), ("small", page("small"))];
    Pages { paths, _room: room }
}

/// A width at which people read.
#[derive(Clone, Copy, PartialEq)]
struct Width {
    name: &'static str,
    pixels: u32,
    media: &'static str,
}

const PHONE: Width = Width { name: "phone", pixels: 390, media: "screen" };
const LAPTOP: Width = Width { name: "laptop", pixels: 1366, media: "screen" };
/// 210 mm less the margins, at 96 dots to the inch.
const A4: Width = Width { name: "a4", pixels: 688, media: "print" };

fn look(browser: &mut Browser, width: Width, scheme: &str) {
    let mobile = width == PHONE;
    let size = json!({ "width": width.pixels, "height": 900, "deviceScaleFactor": 1, "mobile": mobile });
    browser.call("Emulation.setDeviceMetricsOverride", &size);
    let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
    browser.call("Emulation.setEmulatedMedia", &json!({ "media": width.media, "features": features }));
}

/// Leaves a picture of the whole page where someone asked for it.
fn picture(browser: &mut Browser, name: &str) {
    let Some(folder) = std::env::var_os("BUGCHECK_SCREENSHOTS") else { return };
    let size = browser.evaluate("[document.documentElement.clientWidth, document.documentElement.scrollHeight]");
    let clip = json!({ "x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1 });
    let shot = browser.call("Page.captureScreenshot", &json!({ "clip": clip, "captureBeyondViewport": true }));
    let bytes = STANDARD.decode(shot["data"].as_str().expect("a picture")).expect("base64");
    fs::write(Path::new(&folder).join(format!("{name}.png")), bytes).expect("the folder can be written to");
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().expect("a list").iter().map(|one| one.as_str().expect("a text").to_owned()).collect()
}

/// Elements that stick out of the page at its side, unless they are inside something that scrolls by itself.
const OUTSIDE: &str = "[...document.querySelectorAll('body *')]
    .filter((e) => matchMedia('print').matches || !e.closest('.scroll'))
    .filter((e) => e.getClientRects().length && e.getBoundingClientRect().right > innerWidth + 1)
    .map((e) => `${e.tagName} ${e.className.baseVal ?? e.className}: ${e.textContent.slice(0, 60)}`)";

/// Texts of plots that are cut at the edge of the plot.
const CUT: &str = "[...document.querySelectorAll('svg.plot text')]
    .filter((t) => t.getClientRects().length)
    .filter((t) => {
        const [a, b] = [t.getBoundingClientRect(), t.closest('svg').getBoundingClientRect()];
        return a.left < b.left - 2 || a.right > b.right + 2 || a.top < b.top - 2 || a.bottom > b.bottom + 2;
    })
    .map((t) => t.textContent)";

/// Labels of lines and dots that lie on each other.
const ON_EACH_OTHER: &str = "[...document.querySelectorAll('svg.plot')]
    .filter((svg) => svg.getClientRects().length)
    .flatMap((svg) => {
        const labels = [...svg.querySelectorAll('text.label, text.name')];
        const boxes = labels.map((l) => l.getBoundingClientRect());
        const hit = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 3
            && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 6;
        return labels.filter((l, i) => boxes.some((box, j) => j < i && hit(box, boxes[i]))).map((l) => l.textContent);
    })";

/// Pictures without words, and not hidden from those who only hear them.
const WORDLESS: &str = "[...document.querySelectorAll('svg, img')]
    .filter((e) => e.getAttribute('aria-hidden') !== 'true')
    .filter((e) => e.getAttribute('role') !== 'img' || !(e.getAttribute('aria-label') ?? '').trim())
    .map((e) => e.outerHTML.slice(0, 80))";

const PROBES: [(&str, &str); 4] =
    [("outside the page", OUTSIDE), ("cut", CUT), ("on each other", ON_EACH_OTHER), ("without words", WORDLESS)];

/// One of each that the probes look for.
const SPOILT: &str = r#"document.body.insertAdjacentHTML("beforeend", `<p style="width: 5000px">wide</p>
    <svg class="plot" viewBox="0 0 100 50" style="width: 100px"><text class="label" x="10" y="20">one</text>
    <text class="label" x="12" y="20">two</text><text x="90" y="40">far too long</text></svg>`)"#;

const HEADINGS: &str = "[...document.querySelectorAll('h2')].map((h) => h.id)";
const SHOWN_PLOTS: &str = "[...document.querySelectorAll('svg.plot')].filter((e) => e.getClientRects().length).length";

#[test]
fn the_page_holds_in_a_browser() {
    let Some(program) = chromium::program() else {
        eprintln!("skipped: there is no browser (install chromium, or name one in BUGCHECK_BROWSER)");
        return;
    };
    let pages = pages();
    let mut browser = Browser::start(&program);
    for (name, path) in &pages.paths {
        for (width, scheme) in [(PHONE, "light"), (PHONE, "dark"), (LAPTOP, "light"), (LAPTOP, "dark"), (A4, "light")] {
            look(&mut browser, width, scheme);
            browser.open(path);
            let here = format!("{name} at {} in {scheme}", width.name);
            asks_for_nothing(&browser, &here);
            for (what, expression) in PROBES {
                let found = strings(&browser.evaluate(expression));
                assert!(found.is_empty(), "{here}: {what}: {found:#?}");
            }
            let plots = browser.evaluate(SHOWN_PLOTS).as_u64().expect("a number");
            assert!(plots >= 4, "{here}: {plots} plots are shown");
            let dark = browser.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)";
            assert_eq!(dark, scheme == "dark", "{here}");
            picture(&mut browser, &format!("{name}-{}-{scheme}", width.name));
        }
    }
    the_probes_see_what_they_look_for(&mut browser, &pages.paths[0].1);
    the_script_adds_and_takes_nothing(&mut browser, &pages.paths[0].1);
    paper_shows_what_is_folded_on_screen(&mut browser, &pages.paths[0].1);
}

/// No request but that for the file itself, and not a word on the console.
fn asks_for_nothing(browser: &Browser, here: &str) {
    let asked: Vec<&str> =
        browser.events("Network.requestWillBeSent").iter().filter_map(|e| e["request"]["url"].as_str()).collect();
    assert!(asked.len() == 1 && asked[0].starts_with("file:"), "{here}: {asked:?}");
    for said in ["Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"] {
        assert!(browser.events(said).is_empty(), "{here}: {:?}", browser.events(said));
    }
}

fn the_probes_see_what_they_look_for(browser: &mut Browser, page: &Path) {
    look(browser, LAPTOP, "light");
    browser.open(page);
    browser.evaluate(SPOILT);
    for (what, expression) in PROBES {
        assert!(!strings(&browser.evaluate(expression)).is_empty(), "nothing is found {what}");
    }
}

/// Without script, the same sections and plots; with it, values under the pointer and buttons that hide an arm.
fn the_script_adds_and_takes_nothing(browser: &mut Browser, page: &Path) {
    const TEXT: &str =
        "[...document.querySelectorAll('h1, h2, p.legend, table, dl')].map((e) => e.textContent).join('')";
    look(browser, LAPTOP, "light");
    let mut seen = Vec::new();
    for disabled in [true, false] {
        browser.call("Emulation.setScriptExecutionDisabled", &json!({ "value": disabled }));
        browser.open(page);
        let buttons = browser.evaluate("document.querySelectorAll('.toggles button').length").as_u64();
        assert_eq!(buttons == Some(0), disabled, "buttons: {buttons:?}");
        seen.push((browser.evaluate(HEADINGS), browser.evaluate(SHOWN_PLOTS), browser.evaluate(TEXT)));
    }
    assert_eq!(seen[0], seen[1]);
    let sections = strings(&seen[0].0);
    let wanted = [
        "expectations",
        "arms",
        "differences",
        "recovery",
        "history",
        "survival",
        "organisations",
        "timeline",
        "front",
        "places",
        "steps",
        "drivers",
        "trust",
    ];
    assert_eq!(sections, wanted);
    let hidden = "document.querySelector('.toggles.desk button').click(), document.querySelectorAll('svg .off').length";
    assert!(browser.evaluate(hidden).as_u64() >= Some(2), "a button hides a line, its band and its label");
    let pointed = "(() => {
        const plot = document.querySelector('.desk svg.plot[data-frame]');
        const box = plot.getBoundingClientRect();
        const at = { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2 };
        plot.dispatchEvent(new PointerEvent('pointermove', at));
        return plot.closest('figure').querySelector('.values.desk').textContent;
    })()";
    let said = browser.evaluate(pointed);
    assert!(said.as_str().is_some_and(|said| said.contains(" h: ") && said.contains(" %")), "{said}");
}

/// On paper nothing can be unfolded: all tables are there, and the page can be printed.
fn paper_shows_what_is_folded_on_screen(browser: &mut Browser, page: &Path) {
    look(browser, A4, "light");
    browser.open(page);
    let folded = "[...document.querySelectorAll('details table')].filter((t) => t.offsetHeight === 0).length";
    assert_eq!(browser.evaluate(folded), json!(0), "tables that are folded on paper");
    let printed = browser.call("Page.printToPDF", &json!({ "paperWidth": 8.27, "paperHeight": 11.69 }));
    let bytes = STANDARD.decode(printed["data"].as_str().expect("a document")).expect("base64");
    assert!(bytes.starts_with(b"%PDF") && bytes.len() > 50_000, "{} bytes", bytes.len());
    if let Some(folder) = std::env::var_os("BUGCHECK_SCREENSHOTS") {
        fs::write(Path::new(&folder).join("page.pdf"), bytes).expect("the folder can be written to");
    }
}
