//! JPEGs of four inks: print shops save CMYK.

/// True for a JPEG of four components without Adobe's mark. With it the inks are inverted and the decoder knows the way
/// to RGB; without it nobody knows, and a negative may not be taken for a field.
pub(super) fn has_unknown_polarity(jpeg: &[u8]) -> bool {
    let mut rest = jpeg.get(2..).unwrap_or_default();
    let mut four = false;
    loop {
        rest = match rest {
            // A fill byte, and markers that stand alone.
            [0xff, 0xff, ..] => rest.get(1..).unwrap_or_default(),
            [0xff, 0x01 | 0xd0..=0xd8, tail @ ..] => tail,
            // The scan begins: all that describes the colours came before it.
            [0xff, 0xda, ..] => return four,
            [0xff, marker, high, low, body @ ..] => {
                let length = usize::from(u16::from_be_bytes([*high, *low])).saturating_sub(2);
                let Some((segment, tail)) = body.split_at_checked(length) else {
                    return four;
                };
                if *marker == 0xee && segment.starts_with(b"Adobe") {
                    return false;
                }
                let frame = matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
                four |= frame && segment.get(5) == Some(&4);
                tail
            }
            [_, tail @ ..] => tail,
            [] => return four,
        };
    }
}
