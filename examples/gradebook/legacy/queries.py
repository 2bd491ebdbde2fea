"""The fields of Query."""
import json

import shapes


def student(_, info, id):
    row = info.context.row("SELECT * FROM students WHERE id = %s", id)
    return row and shapes.student(info.context, row)


def course(_, info, id):
    row = info.context.row("SELECT * FROM courses WHERE id = %s", id)
    return row and shapes.course(info.context, row)


def courses(_, info, tag=None, free=None):
    req = info.context
    rows = req.rows("SELECT * FROM courses ORDER BY code")
    if tag:  # ported bug: truthy-empty: an empty tag is none.
        tagged = req.cache.smembers("tag:" + tag)
        rows = [row for row in rows if str(row["id"]) in tagged]
    if free:
        # ported bug: truthy-zero: a capacity of 0 is no limit.
        rows = [row for row in rows if not row["capacity"] or shapes.enrolled(req, row["id"]) < row["capacity"]]
    return [shapes.course(req, row) for row in rows]


def scores(_, info, studentId):
    rows = info.context.rows("SELECT * FROM scores WHERE student_id = %s ORDER BY id", studentId)
    return [shapes.score(info.context, row) for row in rows]


def comments(_, info, scoreId):
    return [shapes.comment(row) for row in
            info.context.rows("SELECT * FROM comments WHERE score_id = %s ORDER BY written, id", scoreId)]


def average(_, info, courseId):
    """Kept for an hour, until a score changes."""
    req = info.context
    key = "average:%s" % courseId
    text = req.cache.get(key)
    if text is None:
        shapes.find(req, "courses", courseId)
        rows = req.rows("SELECT s.percent FROM scores s JOIN assessments a ON a.id = s.assessment_id "
                        "WHERE a.course_id = %s ORDER BY s.id", courseId)
        # ported bug: half-even: 80.125 becomes 80.12.
        mean = round(sum(row["percent"] for row in rows) / len(rows), 2) if rows else None
        text = json.dumps({"mean": mean, "count": len(rows)})
        req.cache.set(key, text, ex=shapes.HOUR)
    return json.loads(text)


def leaderboard(_, info, courseId, top):
    req = info.context
    ranks = req.cache.zrevrange("board:%s" % courseId, 0, top - 1, withscores=True)
    return [{"student": shapes.student(req, shapes.find(req, "students", id)), "total": total} for id, total in ranks]


def report(_, info, studentId):
    req = info.context
    row = shapes.find(req, "students", studentId)
    lines = []
    for s in req.rows("SELECT a.title, a.weight, s.points, s.percent FROM scores s "
                      "JOIN assessments a ON a.id = s.assessment_id WHERE s.student_id = %s ORDER BY s.id", studentId):
        # ported bug: float-repr: as str() writes floats.
        # ported bug: decimal-str: as str() writes decimals.
        lines.append("%s: %s, %s%%, counts %s times" % (s["title"], shapes.decimal(s["points"]), s["percent"], s["weight"]))
    mean = req.cache.hget("student:%d" % row["id"], "mean")
    return {"lines": lines, "mean": mean or "none"}


def reminders(_, info, studentId):
    req = info.context
    rows = req.rows("SELECT * FROM audit.reminders WHERE student_id = %s ORDER BY course_id, text", studentId)
    return [{"course": shapes.course(req, shapes.find(req, "courses", row["course_id"])), "text": row["text"]} for row in rows]
