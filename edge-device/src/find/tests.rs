//! Promises of the finder, on drawn fields.
