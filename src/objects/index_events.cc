// The part of IndexTables that keeps events of objects until they are told.
#include "objects/index_rows.h"

namespace sagebrush::objects {

using store::SqliteQuery;

void IndexTables::AddEvent(std::string_view event) {
  database_.Query("INSERT INTO events(event) VALUES(?)").Bind(event).Run();
}

void IndexTables::ScanEvents(const std::function<bool(std::int64_t sequence, std::string_view event)>& each) {
  SqliteQuery row = database_.Query("SELECT sequence, event FROM events ORDER BY sequence");
  while (row.Step() && each(row.Int(0), row.Text(1))) {
  }
}

void IndexTables::DeleteEvents(std::int64_t sequence) {
  database_.Query("DELETE FROM events WHERE sequence<=?").Bind(sequence).Run();
}

}  // namespace sagebrush::objects
