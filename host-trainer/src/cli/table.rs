use blastscope_shared::DISCLAIMER;
use blastscope_train::evaluate::{CrossValidation, Figure, Report};

/// A report as a table on stdout.
pub fn print_report(report: &Report) {
    println!("{}: {} test cells", report.title, report.network.cells);
    println!("{:20} {:28} {:28}", "", "network", "cell area alone");
    for figure in Figure::ALL {
        let (network, area) = (report.network.show(figure), report.area.show(figure));
        println!("{:20} {network:28} {area:28}", figure.name());
    }
    println!(
        "true label by decided label: {:?}",
        report.network.confusion.counts()
    );
    println!(
        "unidentified {:.1} %; mean over subjects of the share decided right {:.3}",
        report.unidentified.share * 100.0,
        report.mean_subject_accuracy
    );
    for s in &report.subjects {
        println!(
            "  {:16} {:4} {:5} cells, right {:.3}, by area {:.3}",
            s.group, s.label, s.cells, s.right, s.right_by_area
        );
    }
}

/// All folds as tables on stdout.
pub fn print_cross_validation(gathered: &CrossValidation) {
    print_report(&gathered.pooled);
    println!("\nover {} folds (mean ± sd, worst to best)", gathered.folds.len());
    for figure in Figure::ALL {
        let show = |spread: Option<&blastscope_train::evaluate::Spread>| {
            spread.map_or("-".into(), |s| {
                format!("{:.3} ± {:.3} ({:.3} to {:.3})", s.mean, s.sd, s.low, s.high)
            })
        };
        let (network, area) = (gathered.network.get(&figure), gathered.area.get(&figure));
        println!("{:20} {:34} {:34}", figure.name(), show(network), show(area));
    }
    println!("{DISCLAIMER}");
}
