//! Plain tables as Parquet files: the only place that knows the format.

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

/// A column, with the rows gathered so far.
pub(super) struct Column {
    name: &'static str,
    cells: Cells,
}

enum Cells {
    /// Words of which there are few: each is kept once.
    Text {
        known: BTreeMap<String, ByteArray>,
        cells: Vec<ByteArray>,
    },
    Number(Vec<i64>),
    /// Numbers that may be missing: those that are there, and for each row whether it is (1) or not (0).
    Value {
        cells: Vec<f64>,
        there: Vec<i16>,
    },
    Flag(Vec<bool>),
}

impl Column {
    /// Words.
    pub(super) fn text(name: &'static str) -> Column {
        Column { name, cells: Cells::Text { known: BTreeMap::new(), cells: Vec::new() } }
    }

    /// Whole numbers.
    pub(super) fn number(name: &'static str) -> Column {
        Column { name, cells: Cells::Number(Vec::new()) }
    }

    /// Numbers that may be missing.
    pub(super) fn value(name: &'static str) -> Column {
        Column { name, cells: Cells::Value { cells: Vec::new(), there: Vec::new() } }
    }

    /// Yes or no.
    pub(super) fn flag(name: &'static str) -> Column {
        Column { name, cells: Cells::Flag(Vec::new()) }
    }

    /// Adds a cell to a column of words.
    pub(super) fn push_text(&mut self, word: &str) {
        if let Cells::Text { known, cells } = &mut self.cells {
            let cell = match known.get(word) {
                Some(cell) => cell.clone(),
                None => known.entry(word.to_string()).or_insert(ByteArray::from(word)).clone(),
            };
            cells.push(cell);
        }
    }

    /// Adds a cell to a column of whole numbers.
    pub(super) fn push_number(&mut self, number: i64) {
        if let Cells::Number(cells) = &mut self.cells {
            cells.push(number);
        }
    }

    /// Adds a cell to a column of numbers that may be missing.
    pub(super) fn push_value(&mut self, value: Option<f64>) {
        if let Cells::Value { cells, there } = &mut self.cells {
            cells.extend(value);
            there.push(i16::from(value.is_some()));
        }
    }

    /// Adds a cell to a column of flags.
    pub(super) fn push_flag(&mut self, flag: bool) {
        if let Cells::Flag(cells) = &mut self.cells {
            cells.push(flag);
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

/// A table that is being written.
pub(super) struct TableFile<W: Write + Send> {
    columns: Vec<Column>,
    rows: usize,
    file: SerializedFileWriter<W>,
}

impl<W: Write + Send> TableFile<W> {
    /// Begins a table with these columns.
    pub(super) fn begin(name: &str, columns: Vec<Column>, out: W) -> io::Result<TableFile<W>> {
        let fields: String = columns.iter().map(Column::schema).collect();
        let schema = parse_message_type(&format!("message {name} {{ {fields} }}")).map_err(io_error)?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(concat!("bugcheck ", env!("CARGO_PKG_VERSION")).into())
            .build();
        let file = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties)).map_err(io_error)?;
        Ok(TableFile { columns, rows: 0, file })
    }

    /// The columns, to push one cell to each.
    ///
    /// # Panics
    /// If the table does not have `N` columns.
    pub(super) fn row<const N: usize>(&mut self) -> &mut [Column; N] {
        self.columns.as_mut_slice().try_into().expect("a row has as many cells as its table has columns")
    }

    /// Ends a row.
    pub(super) fn end_row(&mut self) -> io::Result<()> {
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
        let columns = vec![Column::text("arm"), Column::number("n"), Column::value("value"), Column::flag("censored")];
        let mut table = TableFile::begin("t", columns, &mut bytes).unwrap();
        let rows = ROWS_AT_ONCE + 3;
        for i in 0..rows {
            let [arm, n, value, censored] = table.row();
            arm.push_text(if i % 2 == 0 { "kernel / by hand" } else { "platform" });
            n.push_number(i as i64);
            value.push_value((i % 3 != 0).then_some(i as f64 / 2.0));
            censored.push_flag(i % 5 == 0);
            table.end_row().unwrap();
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
