//! Black means outside, and nothing else.

use blastscope_shared::preprocess::CellCrop;

/// The crop with every black pixel that its cell encloses raised to 1 in all planes, so that the pixels that are not
/// black are the mask of the cell. Black is outside where it reaches the border through black (4-connected).
pub(super) fn lift_black(crop: CellCrop) -> CellCrop {
    let size = crop.size() as usize;
    let n = size * size;
    let planes = crop.planes();
    let black = |i: usize| planes[i] == 0 && planes[n + i] == 0 && planes[2 * n + i] == 0;
    let mut outside = vec![false; n];
    let mut stack: Vec<usize> = Vec::new();
    let mut reach = |i: usize, stack: &mut Vec<usize>| {
        if black(i) && !outside[i] {
            outside[i] = true;
            stack.push(i);
        }
    };
    for k in 0..size {
        for i in [k, n - 1 - k, k * size, k * size + size - 1] {
            reach(i, &mut stack);
        }
    }
    while let Some(i) = stack.pop() {
        let x = i % size;
        if x > 0 {
            reach(i - 1, &mut stack);
        }
        if x + 1 < size {
            reach(i + 1, &mut stack);
        }
        if i >= size {
            reach(i - size, &mut stack);
        }
        if i + size < n {
            reach(i + size, &mut stack);
        }
    }
    let holes: Vec<usize> = (0..n).filter(|i| black(*i) && !outside[*i]).collect();
    if holes.is_empty() {
        return crop;
    }
    let mut lifted = planes.to_vec();
    for i in holes {
        (0..3).for_each(|c| lifted[c * n + i] = 1);
    }
    // Of the same length, so that it is a crop again.
    CellCrop::from_planes(crop.size(), lifted).unwrap_or(crop)
}

/// Whether any pixel is not black.
pub(super) fn has_cell(crop: &CellCrop) -> bool {
    crop.planes().iter().any(|v| *v != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn black_inside_a_cell_is_raised_and_black_outside_stays() {
        let mut planes = vec![0; 3 * 49];
        for i in 0..49 {
            let (x, y) = (i % 7, i / 7);
            if (1..6).contains(&x) && (1..6).contains(&y) && i != 24 {
                planes[49 + i] = 90;
            }
        }
        let crop = CellCrop::from_planes(7, planes.clone()).unwrap();
        let lifted = lift_black(crop);
        (0..3).for_each(|c| planes[c * 49 + 24] = 1);
        assert_eq!(lifted.planes(), planes);
        // A notch that is open to the outside is none of it.
        (0..3).for_each(|c| planes[c * 49 + 24] = 0);
        (0..3).for_each(|c| planes[c * 49 + 17] = 0);
        (0..3).for_each(|c| planes[c * 49 + 10] = 0);
        let open = CellCrop::from_planes(7, planes).unwrap();
        assert_eq!(lift_black(open.clone()), open);
        assert!(has_cell(&open) && !has_cell(&CellCrop::from_planes(2, vec![0; 12]).unwrap()));
    }
}
