//! Python's pickle format, as much of it as a state dictionary needs. Every other instruction and every
//! other class is refused by its name: a pickle is a program, and this reader runs none.
//!
//! Written here because nothing at hand reads these files. tch 0.24 hands them to libtorch's
//! `_load_parameters` (`VarStore::load`, `Tensor::loadz_multi`), which, tried on the files of the tests, takes a plain
//! dictionary of parameters only: it fails on the attributes of an ordered dictionary, on what training programs put
//! beside it, and on the form before PyTorch 1.6, which most of torchvision's own files have. serde-pickle
//! refuses persistent ids and classes; candle's reader comes with all of candle.

use super::element::Element;
use super::object::{Heap, Tensor, Value};
use super::state_dict::refuse;
use crate::Error;
use std::rc::Rc;

/// Largest pickle that is read; that of a state dictionary is some hundred kilobytes.
const MAX_PICKLE: usize = 64 << 20;
/// Largest place that an instruction may remember a value at.
const MAX_MEMO: usize = 4 << 20;

/// The first object of `bytes` and how many bytes it takes.
pub(super) fn unpickle(bytes: &[u8]) -> Result<(Heap, Value, usize), Error> {
    let mut reader = Reader {
        bytes: &bytes[..bytes.len().min(MAX_PICKLE)],
        at: 0,
        stack: vec![],
        marks: vec![],
        memo: vec![],
        heap: Heap::default(),
    };
    while reader.step()? {}
    let root = reader.pop()?;
    Ok((reader.heap, root, reader.at))
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    stack: Vec<Value>,
    /// Heights of the stack at the marks.
    marks: Vec<usize>,
    memo: Vec<Option<Value>>,
    heap: Heap,
}

impl Reader<'_> {
    /// One instruction; false after the last. The letters are those of Python's `pickle.py`.
    fn step(&mut self) -> Result<bool, Error> {
        let code = self.byte()?;
        let value = match code {
            b'.' => return Ok(false),
            0x80 => return self.byte().map(|_| true),
            // The length of a frame, of no use when all bytes are at hand.
            0x95 => return self.array::<8>().map(|_| true),
            b'(' => {
                self.marks.push(self.stack.len());
                return Ok(true);
            }
            b'q' | b'r' | 0x94 => return self.remember(code).map(|()| true),
            b's' | b'u' | b'a' | b'e' => return self.fill(code).map(|()| true),
            b'b' => return self.build().map(|()| true),
            b'h' => {
                let place = self.byte()?.into();
                self.recall(place)?
            }
            b'j' => {
                let place = u32::from_le_bytes(self.array()?) as usize;
                self.recall(place)?
            }
            b'N' => Value::None,
            0x88 => Value::Bool(true),
            0x89 => Value::Bool(false),
            b'K' => Value::Int(self.byte()?.into()),
            b'M' => Value::Int(u16::from_le_bytes(self.array()?).into()),
            b'J' => Value::Int(i32::from_le_bytes(self.array()?).into()),
            0x8a => self.long()?,
            b'G' => {
                // Numbers beside the tensors, such as learning rates: of no use here.
                let _: [u8; 8] = self.array()?;
                Value::Float
            }
            b'U' | 0x8c => {
                let length = self.byte()?.into();
                self.text(length)?
            }
            b'X' | b'T' => {
                let length = u32::from_le_bytes(self.array()?) as usize;
                self.text(length)?
            }
            b')' => Value::tuple(vec![])?,
            0x85..=0x87 => {
                let start = self.height(usize::from(code - 0x84))?;
                Value::tuple(self.stack.split_off(start))?
            }
            b't' => Value::tuple(self.since_mark()?)?,
            b']' => self.heap.list(),
            b'}' => self.heap.dict(),
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                class(&module, &name)?
            }
            0x93 => match (self.pop()?, self.pop()?) {
                (Value::Text(name), Value::Text(module)) => class(&module, &name)?,
                _ => return Err(self.damaged("a class without a name")),
            },
            b'Q' => {
                let id = self.pop()?;
                self.heap.named_storage(&id)?
            }
            b'R' => {
                let arguments = self.pop()?;
                let callee = self.pop()?;
                self.call(&callee, &arguments)?
            }
            other => return Err(self.damaged(&format!("instruction {other:#04x}"))),
        };
        self.stack.push(value);
        Ok(true)
    }

    fn call(&mut self, callee: &Value, arguments: &Value) -> Result<Value, Error> {
        match (callee, arguments.items()) {
            (Value::OrderedDict, Some([])) => Ok(self.heap.dict()),
            (Value::RebuildTensor, Some(items)) => Ok(Value::Tensor(Rc::new(Tensor::rebuild(items)?))),
            (Value::RebuildParameter, Some([tensor @ Value::Tensor(_), ..])) => Ok(tensor.clone()),
            _ => Err(self.damaged("a call that a state dictionary does not make")),
        }
    }

    /// SETITEM(S) and APPEND(S).
    fn fill(&mut self, code: u8) -> Result<(), Error> {
        let items = match code {
            b's' => self.height(2).map(|h| self.stack.split_off(h))?,
            b'a' => self.height(1).map(|h| self.stack.split_off(h))?,
            _ => self.since_mark()?,
        };
        let dict = matches!(code, b's' | b'u');
        let filled = match self.stack.last() {
            Some(Value::Dict(id)) if dict && items.len() % 2 == 0 => self.heap.set_items(*id, items),
            Some(Value::List(id)) if !dict => self.heap.append(*id, items),
            _ => false,
        };
        filled
            .then_some(())
            .ok_or_else(|| self.damaged("items of nothing"))
    }

    /// BUILD gives an object its attributes; an ordered dictionary has `_metadata`, which is not needed.
    fn build(&mut self) -> Result<(), Error> {
        self.pop()?;
        match self.stack.last() {
            Some(Value::Dict(_)) => Ok(()),
            _ => Err(self.damaged("attributes of something else than a dictionary")),
        }
    }

    fn remember(&mut self, code: u8) -> Result<(), Error> {
        let place = match code {
            b'q' => self.byte()?.into(),
            b'r' => u32::from_le_bytes(self.array()?) as usize,
            _ => self.memo.len(),
        };
        let Some(value) = self.stack.last().cloned().filter(|_| place < MAX_MEMO) else {
            return Err(self.damaged("nothing, or too much, to remember"));
        };
        if self.memo.len() <= place {
            self.memo.resize(place + 1, None);
        }
        self.memo[place] = Some(value);
        Ok(())
    }

    fn recall(&self, place: usize) -> Result<Value, Error> {
        let found = self.memo.get(place).cloned().flatten();
        found.ok_or_else(|| self.damaged("a reference to nothing"))
    }

    /// A whole number; one of more than 8 bytes, as the mark of old files, is kept as it is.
    fn long(&mut self) -> Result<Value, Error> {
        let length = self.byte()?.into();
        let bytes = self.take(length)?;
        if bytes.len() > 8 {
            return Ok(Value::Long(bytes.into()));
        }
        let negative = bytes.last().is_some_and(|b| b & 0x80 != 0);
        let mut all = [if negative { 0xff } else { 0 }; 8];
        all[..bytes.len()].copy_from_slice(bytes);
        Ok(Value::Int(i64::from_le_bytes(all)))
    }

    fn text(&mut self, length: usize) -> Result<Value, Error> {
        let bytes = self.take(length)?;
        // Strings of Python 2 are bytes; what is not UTF-8 is no name of a tensor.
        Ok(Value::Text(String::from_utf8_lossy(bytes).into()))
    }

    fn line(&mut self) -> Result<String, Error> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let end = rest.iter().position(|b| *b == b'\n');
        let Some(end) = end else {
            return Err(self.damaged("a name without end"));
        };
        let text = String::from_utf8_lossy(&rest[..end]).into_owned();
        self.at += end + 1;
        Ok(text)
    }

    fn since_mark(&mut self) -> Result<Vec<Value>, Error> {
        match self.marks.pop() {
            Some(mark) if mark <= self.stack.len() => Ok(self.stack.split_off(mark)),
            _ => Err(self.damaged("no mark")),
        }
    }

    /// Height of the stack without its `count` topmost values.
    fn height(&self, count: usize) -> Result<usize, Error> {
        let height = self.stack.len().checked_sub(count);
        height.ok_or_else(|| self.damaged("too few values"))
    }

    fn pop(&mut self) -> Result<Value, Error> {
        let top = self.stack.pop();
        top.ok_or_else(|| self.damaged("too few values"))
    }

    fn byte(&mut self) -> Result<u8, Error> {
        self.array::<1>().map(|[b]| b)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn take(&mut self, length: usize) -> Result<&[u8], Error> {
        let end = self.at.checked_add(length).filter(|e| *e <= self.bytes.len());
        let Some(end) = end else {
            return Err(self.damaged("the end is missing"));
        };
        let start = std::mem::replace(&mut self.at, end);
        Ok(&self.bytes[start..end])
    }

    fn damaged(&self, what: &str) -> Error {
        refuse(format!(
            "not a state dictionary, or a damaged one ({what} at byte {} of its pickle)",
            self.at
        ))
    }
}

fn class(module: &str, name: &str) -> Result<Value, Error> {
    match (module, name) {
        ("collections", "OrderedDict") => Ok(Value::OrderedDict),
        // The form without version is that of PyTorch before 0.4.
        ("torch._utils", "_rebuild_tensor_v2" | "_rebuild_tensor") => Ok(Value::RebuildTensor),
        ("torch._utils", "_rebuild_parameter") => Ok(Value::RebuildParameter),
        _ => match Element::of_storage(name).filter(|_| module == "torch") {
            Some(element) => Ok(Value::StorageClass(element)),
            None => Err(refuse(format!(
                "it holds an object of the class {module}.{name}, which is not read"
            ))),
        },
    }
}
