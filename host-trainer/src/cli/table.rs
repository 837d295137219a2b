use crate::evaluate::{CrossValidation, Figure, Report};
use blastscope_shared::DISCLAIMER;

/// A report as a table on stdout.
pub(crate) fn print_report(report: &Report) {
    println!("{}: {} test cells", report.title, report.network.cells);
    let area_name = if report.area.is_some() {
        "cell area alone"
    } else {
        ""
    };
    println!("{:24} {:28} {area_name:28}", "", "network");
    for &figure in Figure::for_labels(report.labels.len()) {
        let area = report.area.as_ref().map_or_else(String::new, |a| a.show(figure));
        println!(
            "{:24} {:28} {area:28}",
            figure.name(),
            report.network.show(figure)
        );
    }
    for (label, f) in report.labels.names().iter().zip(&report.network.by_label) {
        println!(
            "  {label:16} {:5} cells, sensitivity {:.3}, specificity {:.3}, precision {:.3}, F1 {:.3}",
            f.cells, f.sensitivity, f.specificity, f.precision, f.f1
        );
    }
    if report.protocol.without_subjects {
        println!("the data name no subjects: intervals are over pictures");
    }
    println!(
        "true label by decided label: {:?}",
        report.network.confusion.counts()
    );
    println!(
        "unidentified {:.1} %{}",
        report.unidentified.share * 100.0,
        report
            .mean_subject_accuracy
            .map_or_else(String::new, |share| format!(
                "; mean over subjects of the share decided right {share:.3}"
            ))
    );
    for d in &report.discrimination {
        for p in &d.points {
            let interval = p
                .interval
                .map_or_else(String::new, |i| format!(" ({:.3} to {:.3})", i.low, i.high));
            println!(
                "sensitivity for {} at {:.0} % specificity {:.3}{interval}",
                d.label,
                p.specificity * 100.0,
                p.sensitivity
            );
        }
    }
    if let Some(a) = &report.subject_accuracy {
        println!(
            "subjects decided right {} of {}: {:.3} ({:.3} to {:.3})",
            a.right, a.subjects, a.share, a.interval.low, a.interval.high
        );
    }
    let first = report.labels.name(0).unwrap_or_default();
    for s in &report.subjects {
        let by_area = s
            .right_by_area
            .map_or_else(String::new, |r| format!(", by area {r:.3}"));
        println!(
            "  {:16} {:4} {:5} cells, right {:.3}{by_area}; called {first} {:.3}, decided {}",
            s.group, s.label, s.cells, s.right, s.called, s.decision
        );
    }
}

/// All folds as tables on stdout.
pub(crate) fn print_cross_validation(gathered: &CrossValidation) {
    print_report(&gathered.pooled);
    println!("\nover {} folds (mean ± sd, worst to best)", gathered.folds.len());
    for figure in Figure::for_labels(gathered.pooled.labels.len()) {
        let show = |spread: Option<&crate::evaluate::Spread>| {
            spread.map_or("-".into(), |s| {
                format!("{:.3} ± {:.3} ({:.3} to {:.3})", s.mean, s.sd, s.low, s.high)
            })
        };
        let (network, area) = (gathered.network.get(figure), gathered.area.get(figure));
        println!("{:24} {:34} {:34}", figure.name(), show(network), show(area));
    }
    println!("{DISCLAIMER}");
}
