//! The objects that the pickle of a state dictionary makes.

use super::element::Element;
use super::state_dict::refuse;
use crate::Error;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Most tensors of one file.
const MAX_TENSORS: usize = 100_000;
/// Most values of one file.
const MAX_VALUES: usize = 1 << 29;
/// Most tuples in one another; a tensor's take three.
const MAX_DEPTH: usize = 16;
/// Keys under which training programs put the state dictionary beside other things.
const WRAPPERS: [&str; 3] = ["state_dict", "model_state_dict", "model"];

/// A value on the stack. Dictionaries and lists lie on the [`Heap`]: they are filled after they are shared.
#[derive(Debug, Clone)]
pub(super) enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float,
    Long(Rc<[u8]>),
    Text(Rc<str>),
    /// With the number of tuples in one another: without a bound, dropping them overflows the stack.
    Tuple(usize, Rc<[Value]>),
    List(usize),
    Dict(usize),
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
    StorageClass(Element),
    Storage(Rc<Storage>),
    Tensor(Rc<Tensor>),
}

/// Numbers somewhere in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Storage {
    pub key: String,
    pub element: Element,
    /// Numbers in it.
    pub count: usize,
}

/// A view of a storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tensor {
    pub storage: Rc<Storage>,
    offset: usize,
    pub sizes: Vec<usize>,
    strides: Vec<usize>,
}

/// Dictionaries, lists and storages of one pickle.
#[derive(Debug, Default)]
pub(super) struct Heap {
    storages: BTreeMap<String, Rc<Storage>>,
    dicts: Vec<Vec<(Value, Value)>>,
    lists: Vec<Vec<Value>>,
}

impl Value {
    pub(super) fn tuple(items: Vec<Self>) -> Result<Self, Error> {
        let depth = |v: &Self| if let Self::Tuple(d, _) = v { *d } else { 0 };
        let depth = 1 + items.iter().map(depth).max().unwrap_or(0);
        if depth > MAX_DEPTH {
            return Err(refuse(format!("more than {MAX_DEPTH} tuples in one another")));
        }
        Ok(Self::Tuple(depth, items.into()))
    }

    pub(super) fn items(&self) -> Option<&[Self]> {
        match self {
            Self::Tuple(_, items) => Some(items),
            _ => None,
        }
    }

    fn number(&self) -> Option<usize> {
        match self {
            Self::Int(n) => usize::try_from(*n).ok(),
            _ => None,
        }
    }
}

impl Tensor {
    /// From `(storage, offset, sizes, strides, …)`; refuses a view that reaches beyond its storage or
    /// takes more numbers than it has.
    pub(super) fn rebuild(arguments: &[Value]) -> Result<Self, Error> {
        let wrong = || refuse("a tensor that reaches beyond its storage".into());
        let [Value::Storage(storage), offset, sizes, strides, ..] = arguments else {
            return Err(wrong());
        };
        let numbers = |v: &Value| v.items()?.iter().map(Value::number).collect::<Option<Vec<_>>>();
        let (offset, sizes, strides) = match (offset.number(), numbers(sizes), numbers(strides)) {
            (Some(offset), Some(sizes), Some(strides)) if sizes.len() == strides.len() => {
                (offset, sizes, strides)
            }
            _ => return Err(wrong()),
        };
        let count = sizes.iter().try_fold(1usize, |n, s| n.checked_mul(*s));
        let last = sizes.iter().zip(&strides).try_fold(offset, |at, (size, stride)| {
            at.checked_add(size.saturating_sub(1).checked_mul(*stride)?)
        });
        match (count, last) {
            (Some(0), _) => {}
            (Some(count), Some(last)) if count <= storage.count && last < storage.count => {}
            _ => return Err(wrong()),
        }
        Ok(Self {
            storage: storage.clone(),
            offset,
            sizes,
            strides,
        })
    }

    /// Numbers in it.
    pub(super) fn count(&self) -> usize {
        self.sizes.iter().product()
    }

    /// The view of the storage's bytes, row-major, as f32; nothing for whole numbers.
    pub(super) fn values(&self, bytes: &[u8]) -> Option<Vec<f32>> {
        let size = self.storage.element.size();
        let count = self.count();
        if self.is_row_major() {
            let (start, end) = (self.offset * size, (self.offset + count) * size);
            return self.storage.element.decode(bytes.get(start..end)?);
        }
        let mut gathered = Vec::with_capacity(count * size);
        for index in 0..count {
            let (mut rest, mut at) = (index, self.offset);
            for (length, stride) in self.sizes.iter().zip(&self.strides).rev() {
                at += rest % length * stride;
                rest /= length;
            }
            gathered.extend_from_slice(bytes.get(at * size..(at + 1) * size)?);
        }
        self.storage.element.decode(&gathered)
    }

    fn is_row_major(&self) -> bool {
        let mut expected = 1;
        for (size, stride) in self.sizes.iter().zip(&self.strides).rev() {
            if *size != 1 && *stride != expected {
                return false;
            }
            expected *= size;
        }
        true
    }
}

impl Heap {
    /// The storage that a persistent id names: `("storage", class, key, place, count)`, and in old files
    /// the part of another storage that it is, or nothing.
    pub(super) fn named_storage(&mut self, id: &Value) -> Result<Value, Error> {
        let found = match id.items() {
            Some(
                [
                    Value::Text(tag),
                    Value::StorageClass(element),
                    Value::Text(key),
                    _,
                    count,
                    rest @ ..,
                ],
            ) if &**tag == "storage" && matches!(rest, [] | [Value::None]) => {
                count.number().map(|count| Storage {
                    key: key.to_string(),
                    element: *element,
                    count,
                })
            }
            _ => None,
        };
        let Some(storage) = found else {
            return Err(refuse("a persistent id that names no storage of its own".into()));
        };
        let known = self.storages.entry(storage.key.clone());
        let known = known.or_insert_with(|| Rc::new(storage.clone()));
        if **known != storage {
            return Err(refuse(format!("storage {} is of two kinds", storage.key)));
        }
        Ok(Value::Storage(known.clone()))
    }

    /// The storage of a key.
    pub(super) fn storage(&self, key: &str) -> Option<&Storage> {
        self.storages.get(key).map(|s| &**s)
    }

    pub(super) fn dict(&mut self) -> Value {
        self.dicts.push(vec![]);
        Value::Dict(self.dicts.len() - 1)
    }

    pub(super) fn list(&mut self) -> Value {
        self.lists.push(vec![]);
        Value::List(self.lists.len() - 1)
    }

    /// Adds keys and values in turn; false when there is no such dictionary.
    pub(super) fn set_items(&mut self, id: usize, items: Vec<Value>) -> bool {
        let Some(dict) = self.dicts.get_mut(id) else {
            return false;
        };
        let mut items = items.into_iter();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            dict.push((key, value));
        }
        true
    }

    /// Adds to a list; false when there is no such list.
    pub(super) fn append(&mut self, id: usize, items: Vec<Value>) -> bool {
        self.lists.get_mut(id).map(|l| l.extend(items)).is_some()
    }

    /// The value of a text key.
    pub(super) fn get(&self, dict: &Value, key: &str) -> Option<&Value> {
        let mut entries = self.entries(dict)?.iter().rev();
        entries
            .find(|(k, _)| matches!(k, Value::Text(t) if &**t == key))
            .map(|(_, v)| v)
    }

    fn entries(&self, dict: &Value) -> Option<&[(Value, Value)]> {
        match dict {
            Value::Dict(id) => self.dicts.get(*id).map(Vec::as_slice),
            _ => None,
        }
    }

    /// The texts of a list.
    pub(super) fn texts(&self, list: &Value) -> Option<Vec<&str>> {
        let Value::List(id) = list else { return None };
        let items = self.lists.get(*id)?.iter();
        items
            .map(|v| match v {
                Value::Text(text) => Some(&**text),
                _ => None,
            })
            .collect()
    }

    /// The tensors of a state dictionary, or of the one that a training program wrapped.
    pub(super) fn tensors(&self, root: &Value) -> Result<BTreeMap<String, Tensor>, Error> {
        let wrapped = WRAPPERS
            .iter()
            .find_map(|key| self.get(root, key).filter(|v| matches!(v, Value::Dict(_))));
        let Some(entries) = self.entries(wrapped.unwrap_or(root)) else {
            return Err(refuse("it holds no dictionary".into()));
        };
        let mut tensors = BTreeMap::new();
        let mut values = 0usize;
        for (key, value) in entries {
            match (key, value) {
                (Value::Text(name), Value::Tensor(tensor)) => {
                    values = values.saturating_add(tensor.count());
                    tensors.insert(name.to_string(), (**tensor).clone());
                }
                (Value::Text(name), _) => return Err(refuse(format!("{name} is not a tensor"))),
                _ => return Err(refuse("a key is not a name".into())),
            }
        }
        if values > MAX_VALUES || tensors.len() > MAX_TENSORS {
            return Err(refuse(format!(
                "{} tensors of {values} values are too many",
                tensors.len()
            )));
        }
        Ok(tensors)
    }
}
