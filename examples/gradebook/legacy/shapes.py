"""What rows look like as answers, and what several resolvers need."""
import json
from decimal import Decimal

WEEK = 7 * 24 * 3600
HOUR = 3600


class Refused(Exception):
    """The message is for the caller."""


def instant(when):
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % (when.microsecond // 1000)


def decimal(number):
    """As people write it, without zeros at the end.

    ported bug: decimal-str: str(Decimal) writes whole hundreds as 1E+2.
    """
    return str(number.normalize())


def find(req, table, id):
    row = req.row("SELECT * FROM %s WHERE id = %%s" % table, id)
    if row is None:
        raise Refused("no %s %r" % (table[:-1], id))
    return row


def student(req, row):
    return {
        "id": row["id"], "name": row["name"], "email": row["email"], "number": row["number"],
        "digit": row["digit"], "notes": row["notes"], "credits": decimal(row["credits"]),
        "mean": lambda *_: req.cache.hget("student:%d" % row["id"], "mean"),
    }


def course(req, row):
    return {
        "id": row["id"], "code": row["code"], "title": row["title"], "capacity": row["capacity"],
        "tags": row["tags"], "created": instant(row["created"]),
        "enrolled": lambda *_: enrolled(req, row["id"]),
        "rubric": lambda *_: rubric(req, row),
    }


def enrolled(req, course_id):
    return req.row("SELECT count(*) AS n FROM enrolments WHERE course_id = %s AND standing <> 'left'", course_id)["n"]


def rubric(req, row):
    """From the cache, which keeps the order that jsonb does not keep."""
    key = "rubric:%d" % row["id"]
    text = req.cache.get(key)
    if text is None:
        if not row["rubric"]:
            return None
        text = json.dumps(row["rubric"])
        req.cache.set(key, text, ex=WEEK)
    return [{"name": name, "weight": weight} for name, weight in json.loads(text).items()]


def enrolment(req, row):
    return {
        "course": lambda *_: course(req, find(req, "courses", row["course_id"])),
        "student": lambda *_: student(req, find(req, "students", row["student_id"])),
        "standing": row["standing"], "seat": row["seat"], "joined": instant(row["joined"]),
    }


def assessment(row):
    # ported bug: float-repr: a weight of 2 shows as 2.0, one of 1e16 as 1e+16.
    return {
        "id": row["id"], "label": "%s (x%s)" % (row["title"], row["weight"]), "points": decimal(row["points"]),
        "weight": row["weight"], "due": row["due"].isoformat() if row["due"] else None,
    }


def score(req, row):
    return {
        "id": row["id"], "points": decimal(row["points"]), "percent": row["percent"], "late": row["late"],
        "graded": instant(row["graded"]),
        "assessment": lambda *_: assessment(find(req, "assessments", row["assessment_id"])),
        "student": lambda *_: student(req, find(req, "students", row["student_id"])),
    }


def comment(row):
    return {
        "id": row["id"], "author": row["author"], "body": row["body"], "length": row["length"],
        "written": row["written"].isoformat(),
    }


def percent_of(points, of):
    """ported bug: half-even: round() goes to the even neighbour, 12.25 to 12.2."""
    return round(float(points) * 100 / float(of), 1)


def exact(number):
    """The decimal number that a float is written as."""
    return Decimal(repr(number))


def refresh(req, course_id, student_id):
    """What is kept of a student and a course, after a score has changed."""
    own = req.rows("SELECT percent FROM scores WHERE student_id = %s ORDER BY id", student_id)
    if own:
        mean = round(sum(row["percent"] for row in own) / len(own), 2)
        # ported bug: float-repr: a mean of 90 is kept as 90.0.
        req.cache.hset("student:%d" % student_id, mapping={"mean": repr(mean), "count": str(len(own))})
    else:
        req.cache.delete("student:%d" % student_id)
    total = req.row("SELECT sum(s.points) AS total FROM scores s JOIN assessments a ON a.id = s.assessment_id "
                    "WHERE a.course_id = %s AND s.student_id = %s", course_id, student_id)["total"]
    if total is None:
        req.cache.zrem("board:%d" % course_id, student_id)
    else:
        req.cache.zadd("board:%d" % course_id, {str(student_id): float(total)})
    req.cache.delete("average:%d" % course_id)
