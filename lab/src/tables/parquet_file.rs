//! Plain tables as Parquet files: the only place that knows the format.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;

/// Rows that are gathered before they are written together.
const ROWS_AT_ONCE: usize = 1 << 18;

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Words, of which there are few.
    Text,
    /// Whole numbers.
    Number,
    /// Numbers that may be missing.
    Value,
    /// Yes or no.
    Flag,
}

/// A cell of a column of the same kind.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    Text(Cow<'a, str>),
    Number(i64),
    Value(Option<f64>),
    Flag(bool),
}

impl<'a> Cell<'a> {
    /// As tables of text write it; nothing where it is missing.
    pub(super) fn text(self) -> Cow<'a, str> {
        match self {
            Cell::Text(word) => word,
            Cell::Number(number) => number.to_string().into(),
            Cell::Value(value) => value.map_or(Cow::Borrowed(""), |value| value.to_string().into()),
            Cell::Flag(flag) => if flag { "true" } else { "false" }.into(),
        }
    }
}

/// A column, with the rows gathered so far.
struct Column {
    name: &'static str,
    cells: Cells,
}

enum Cells {
    /// Each word is kept once.
    Text {
        known: BTreeMap<String, ByteArray>,
        cells: Vec<ByteArray>,
    },
    Number(Vec<i64>),
    /// Those that are there, and for each row whether it is (1) or not (0).
    Value {
        cells: Vec<f64>,
        there: Vec<i16>,
    },
    Flag(Vec<bool>),
}

impl Column {
    fn new((name, kind): (&'static str, Kind)) -> Column {
        let cells = match kind {
            Kind::Text => Cells::Text { known: BTreeMap::new(), cells: Vec::new() },
            Kind::Number => Cells::Number(Vec::new()),
            Kind::Value => Cells::Value { cells: Vec::new(), there: Vec::new() },
            Kind::Flag => Cells::Flag(Vec::new()),
        };
        Column { name, cells }
    }

    /// Adds a cell.
    ///
    /// # Panics
    /// If it is of another kind than the column.
    fn push(&mut self, cell: Cell<'_>) {
        match (&mut self.cells, cell) {
            (Cells::Text { known, cells }, Cell::Text(word)) => cells.push(match known.get(word.as_ref()) {
                Some(cell) => cell.clone(),
                None => known.entry(word.to_string()).or_insert(ByteArray::from(word.as_ref())).clone(),
            }),
            (Cells::Number(cells), Cell::Number(number)) => cells.push(number),
            (Cells::Value { cells, there }, Cell::Value(value)) => {
                cells.extend(value);
                there.push(i16::from(value.is_some()));
            }
            (Cells::Flag(cells), Cell::Flag(flag)) => cells.push(flag),
            (_, cell) => panic!("column {} does not take {cell:?}", self.name),
        }
    }

    fn schema(&self) -> String {
        let name = self.name;
        match self.cells {
            Cells::Text { .. } => format!("REQUIRED BYTE_ARRAY {name} (STRING);"),
            Cells::Number(_) => format!("REQUIRED INT64 {name};"),
            Cells::Value { .. } => format!("OPTIONAL DOUBLE {name};"),
            Cells::Flag(_) => format!("REQUIRED BOOLEAN {name};"),
        }
    }

    /// Writes the gathered cells, and forgets them.
    fn write(&mut self, out: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        match &mut self.cells {
            Cells::Text { cells, .. } => {
                out.typed::<ByteArrayType>().write_batch(cells, None, None)?;
                cells.clear();
            }
            Cells::Number(cells) => {
                out.typed::<Int64Type>().write_batch(cells, None, None)?;
                cells.clear();
            }
            Cells::Value { cells, there } => {
                out.typed::<DoubleType>().write_batch(cells, Some(there), None)?;
                cells.clear();
                there.clear();
            }
            Cells::Flag(cells) => {
                out.typed::<BoolType>().write_batch(cells, None, None)?;
                cells.clear();
            }
        }
        Ok(())
    }
}

/// A table of `N` columns that is being written.
pub(super) struct TableFile<W: Write + Send, const N: usize> {
    columns: [Column; N],
    rows: usize,
    file: SerializedFileWriter<W>,
}

impl<W: Write + Send, const N: usize> TableFile<W, N> {
    /// Begins a table with these columns.
    pub(super) fn begin(name: &str, columns: [(&'static str, Kind); N], out: W) -> io::Result<TableFile<W, N>> {
        let columns = columns.map(Column::new);
        let fields: String = columns.iter().map(Column::schema).collect();
        let schema = parse_message_type(&format!("message {name} {{ {fields} }}")).map_err(io_error)?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(concat!("bugcheck ", env!("CARGO_PKG_VERSION")).into())
            .build();
        let file = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties)).map_err(io_error)?;
        Ok(TableFile { columns, rows: 0, file })
    }

    /// Adds a row.
    ///
    /// # Panics
    /// If a cell is of another kind than its column.
    pub(super) fn push(&mut self, row: [Cell<'_>; N]) -> io::Result<()> {
        for (column, cell) in self.columns.iter_mut().zip(row) {
            column.push(cell);
        }
        self.rows += 1;
        if self.rows == ROWS_AT_ONCE { self.write().map_err(io_error) } else { Ok(()) }
    }

    /// Writes what is left, and the end of the file.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.write().and_then(|()| self.file.close()).map(|_| ()).map_err(io_error)
    }

    fn write(&mut self) -> Result<(), ParquetError> {
        let mut group = self.file.next_row_group()?;
        for column in &mut self.columns {
            if let Some(mut out) = group.next_column()? {
                column.write(&mut out)?;
                out.close()?;
            }
        }
        group.close()?;
        self.rows = 0;
        Ok(())
    }
}

/// Takes the error of the disk out of that of the format, so that a full disk can be told as such.
fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(inner) => *inner,
            Err(inner) => io::Error::other(inner),
        },
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;

    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let mut bytes = Vec::new();
        let columns = [("arm", Kind::Text), ("n", Kind::Number), ("value", Kind::Value), ("censored", Kind::Flag)];
        let mut table = TableFile::begin("t", columns, &mut bytes).unwrap();
        let rows = ROWS_AT_ONCE + 3;
        for i in 0..rows {
            let row = [
                Cell::Text(if i % 2 == 0 { "kernel / by hand" } else { "platform" }.into()),
                Cell::Number(i as i64),
                Cell::Value((i % 3 != 0).then_some(i as f64 / 2.0)),
                Cell::Flag(i % 5 == 0),
            ];
            table.push(row).unwrap();
        }
        table.finish().unwrap();
        let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
        assert_eq!(reader.metadata().num_row_groups(), 2);
        let mut seen = 0;
        for (i, row) in reader.get_row_iter(None).unwrap().enumerate() {
            let row = row.unwrap();
            assert_eq!(row.get_string(0).unwrap(), if i % 2 == 0 { "kernel / by hand" } else { "platform" });
            assert_eq!(row.get_long(1).unwrap(), i as i64);
            assert_eq!(row.get_double(2).ok(), (i % 3 != 0).then_some(i as f64 / 2.0));
            assert_eq!(row.get_bool(3).unwrap(), i % 5 == 0);
            seen += 1;
        }
        assert_eq!(seen, rows);
    }

    #[test]
    fn a_full_disk_is_still_told_as_such() {
        let full = ParquetError::from(io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(io_error(full).kind(), io::ErrorKind::StorageFull);
    }
}
