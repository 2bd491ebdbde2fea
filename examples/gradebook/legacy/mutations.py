"""The fields of Mutation. The database keeps what they did when all went well; what
is cached is changed at once."""
import datetime
import json
from decimal import Decimal

from psycopg2.extras import Json

import shapes
from shapes import Refused, find

LONGEST_COMMENT = 40


def admitStudent(_, info, input):
    req = info.context
    email = input.get("email")
    if email and req.row("SELECT id FROM students WHERE email = %s", email):
        raise Refused("%s is somebody else's address" % email)
    # ported bug: truthy-empty: "" is kept as null.
    row = req.row("INSERT INTO students (name, email, notes) VALUES (%s, %s, %s) RETURNING *",
                  input["name"], email or None, input.get("notes") or None)
    req.log(event="admit", student=row["id"])
    return shapes.student(req, row)


def setNotes(_, info, studentId, notes=None):
    req = info.context
    find(req, "students", studentId)
    # ported bug: truthy-empty: "" is kept as null.
    row = req.row("UPDATE students SET notes = %s WHERE id = %s RETURNING *", notes or None, studentId)
    return shapes.student(req, row)


def assignNumber(_, info, studentId, number):
    """ported bug: unbounded-int: int() knows no limit, and takes 1_000 and spaces."""
    req = info.context
    find(req, "students", studentId)
    value = int(number)
    # ported bug: floor-modulo: the digit of a negative number is positive.
    row = req.row("UPDATE students SET number = %s, digit = %s WHERE id = %s RETURNING *", str(value), value % 97, studentId)
    return shapes.student(req, row)


def createCourse(_, info, input):
    req = info.context
    if req.row("SELECT id FROM courses WHERE code = %s", input["code"]):
        raise Refused("course %s is there already" % input["code"])
    row = req.row("INSERT INTO courses (code, title, capacity, tags, created) VALUES (%s, %s, %s, %s, %s) RETURNING *",
                  input["code"], input["title"], input.get("capacity") or 0, input.get("tags") or [], req.now)
    for tag in row["tags"]:
        req.cache.sadd("tag:" + tag, row["id"])
    req.log(event="course", course=row["id"], code=row["code"])
    return shapes.course(req, row)


def updateCourse(_, info, id, input):
    """ported bug: truthy-zero: a capacity of 0 is taken for none.
    ported bug: truthy-empty: an empty title is, too, and an empty list of tags."""
    req = info.context
    before = find(req, "courses", id)
    row = req.row("UPDATE courses SET title = %s, capacity = %s, tags = %s WHERE id = %s RETURNING *",
                  input.get("title") or before["title"], input.get("capacity") or before["capacity"],
                  input.get("tags") or before["tags"], id)
    for tag in before["tags"]:
        req.cache.srem("tag:" + tag, row["id"])
    for tag in row["tags"]:
        req.cache.sadd("tag:" + tag, row["id"])
    return shapes.course(req, row)


def setRubric(_, info, courseId, criteria):
    """ported bug: dict-order: of a name that comes twice the first place counts, and
    the last weight."""
    req = info.context
    find(req, "courses", courseId)
    rubric = {c["name"]: c["weight"] for c in criteria}
    row = req.row("UPDATE courses SET rubric = %s WHERE id = %s RETURNING *", Json(rubric), courseId)
    req.cache.set("rubric:%d" % row["id"], json.dumps(rubric), ex=shapes.WEEK)
    return shapes.course(req, row)


def enrol(_, info, courseId, studentId):
    req = info.context
    course, student = find(req, "courses", courseId), find(req, "students", studentId)
    if req.row("SELECT 1 FROM enrolments WHERE course_id = %s AND student_id = %s AND standing <> 'left'", courseId, studentId):
        raise Refused("%s is enrolled already" % student["name"])
    taken = shapes.enrolled(req, course["id"])
    # ported bug: truthy-zero: a capacity of 0 is no limit.
    if course["capacity"] and taken >= course["capacity"]:
        raise Refused("course %s is full" % course["code"])
    row = req.row("INSERT INTO enrolments (course_id, student_id, seat, joined) VALUES (%s, %s, %s, %s) "
                  "ON CONFLICT (course_id, student_id) DO UPDATE SET standing = 'active', seat = excluded.seat, joined = excluded.joined "
                  "RETURNING *", courseId, studentId, taken, req.now)
    req.log(event="enrol", course=course["id"], student=student["id"])
    return shapes.enrolment(req, row)


def withdraw(_, info, courseId, studentId):
    req = info.context
    row = req.row("UPDATE enrolments SET standing = 'left', seat = NULL "
                  "WHERE course_id = %s AND student_id = %s AND standing <> 'left' RETURNING *", courseId, studentId)
    if row is None:
        raise Refused("not enrolled")
    req.rows("DELETE FROM audit.reminders WHERE course_id = %s AND student_id = %s", courseId, studentId)
    req.cache.zrem("board:%d" % row["course_id"], row["student_id"])
    req.cache.delete("average:%d" % row["course_id"])
    req.log(event="withdraw", course=row["course_id"], student=row["student_id"])
    return shapes.enrolment(req, row)


def reseat(_, info, courseId, shift):
    """Moves everybody by some seats, around the room."""
    req = info.context
    course = find(req, "courses", courseId)
    moved = []
    for row in req.rows("SELECT * FROM enrolments WHERE course_id = %s AND seat IS NOT NULL ORDER BY student_id", courseId):
        # ported bug: floor-modulo: -1 % 4 is 3, and % 0 is an error of Python's own.
        seat = (row["seat"] + shift) % course["capacity"]
        moved.append(req.row("UPDATE enrolments SET seat = %s WHERE course_id = %s AND student_id = %s RETURNING *",
                             seat, courseId, row["student_id"]))
    return [shapes.enrolment(req, row) for row in moved]


def addAssessment(_, info, courseId, input):
    req = info.context
    find(req, "courses", courseId)
    due = None
    if input.get("due"):
        # ported bug: naive-time: the offset of a date is lost.
        due = datetime.datetime.fromisoformat(input["due"]).replace(tzinfo=None)
    if input["points"] <= 0:
        raise Refused("an assessment has points")
    row = req.row("INSERT INTO assessments (course_id, title, points, weight, due) VALUES (%s, %s, %s, %s, %s) RETURNING *",
                  courseId, input["title"], shapes.exact(input["points"]), input.get("weight") or 1.0, due)
    for member in req.rows("SELECT student_id FROM enrolments WHERE course_id = %s AND standing = 'active' ORDER BY student_id", courseId):
        req.rows("INSERT INTO audit.reminders (course_id, student_id, text) VALUES (%s, %s, %s)",
                 courseId, member["student_id"], "%s is coming" % row["title"])
    return shapes.assessment(row)


def removeAssessment(_, info, id):
    req = info.context
    row = req.row("SELECT * FROM assessments WHERE id = %s", id)
    if row is None:
        return False
    scored = req.rows("SELECT student_id FROM scores WHERE assessment_id = %s ORDER BY student_id", id)
    req.rows("DELETE FROM assessments WHERE id = %s", id)  # scores and comments go with it
    req.rows("DELETE FROM audit.reminders WHERE course_id = %s AND text = %s", row["course_id"], "%s is coming" % row["title"])
    for s in scored:
        shapes.refresh(req, row["course_id"], s["student_id"])
    req.log(event="remove", assessment=row["id"])
    return True


def recordScore(_, info, assessmentId, studentId, points):
    req = info.context
    assessment = find(req, "assessments", assessmentId)
    member = req.row("SELECT * FROM enrolments WHERE course_id = %s AND student_id = %s AND standing = 'active'",
                     assessment["course_id"], studentId)
    if member is None:
        raise Refused("the student is not enrolled")
    if points < 0:
        raise Refused("points are not negative")
    # ported bug: naive-time: UTC is compared with a time of who knows where.
    late = assessment["due"] is not None and req.now.replace(tzinfo=None) > assessment["due"]
    before = req.row("SELECT points FROM scores WHERE assessment_id = %s AND student_id = %s", assessmentId, studentId)
    exact = shapes.exact(points)
    row = req.row("INSERT INTO scores (assessment_id, student_id, points, percent, late, graded) VALUES (%s, %s, %s, %s, %s, %s) "
                  "ON CONFLICT (assessment_id, student_id) DO UPDATE SET points = excluded.points, percent = excluded.percent, "
                  "late = excluded.late, graded = excluded.graded RETURNING *",
                  assessmentId, studentId, exact, shapes.percent_of(exact, assessment["points"]), late, req.now)
    changed(req, row, before and before["points"])
    shapes.refresh(req, assessment["course_id"], row["student_id"])
    recent = "recent:%d" % row["student_id"]
    req.cache.lpush(recent, "%s=%s" % (assessment["title"], points))  # ported bug: float-repr: 8 points are 8.0
    req.cache.ltrim(recent, 0, 2)
    req.log(event="score", student=row["student_id"], points=shapes.decimal(row["points"]))
    return shapes.score(req, row)


def changed(req, row, before):
    req.rows("INSERT INTO audit.changes (assessment_id, student_id, was, becomes, at) VALUES (%s, %s, %s, %s, %s)",
             row["assessment_id"], row["student_id"], before, row["points"], req.now)


def curve(_, info, assessmentId, cents):
    """Shares hundredths of points out evenly."""
    req = info.context
    assessment = find(req, "assessments", assessmentId)
    rows = req.rows("SELECT * FROM scores WHERE assessment_id = %s ORDER BY id", assessmentId)
    # ported bug: floor-division: -7 cents for two are -4 each, and 1 is left over;
    # for nobody there is an error of Python's own.
    share = cents // len(rows)
    left = cents % len(rows)
    answer = []
    for i, row in enumerate(rows):
        points = row["points"] + Decimal(share + (1 if i < left else 0)) / 100
        new = req.row("UPDATE scores SET points = %s, percent = %s WHERE id = %s RETURNING *",
                      points, shapes.percent_of(points, assessment["points"]), row["id"])
        changed(req, new, row["points"])
        shapes.refresh(req, assessment["course_id"], row["student_id"])
        answer.append(shapes.score(req, new))
    req.log(event="curve", assessment=assessment["id"], cents=cents)
    return answer


def comment(_, info, scoreId, author, body):
    req = info.context
    find(req, "scores", scoreId)
    # ported bug: code-points: a flag counts 2, a family of emoji 7.
    if len(body) > LONGEST_COMMENT:
        raise Refused("%d characters are too many" % len(body))
    # ported bug: naive-time: written in UTC, without saying so.
    row = req.row("INSERT INTO comments (score_id, author, body, length, written) VALUES (%s, %s, %s, %s, %s) RETURNING *",
                  scoreId, author, body, len(body), req.now.replace(tzinfo=None))
    return shapes.comment(row)


def removeComment(_, info, id):
    return bool(info.context.rows("DELETE FROM comments WHERE id = %s RETURNING id", id))


def transferCredits(_, info, giver, taker, amount):
    req = info.context
    exact = shapes.exact(amount).quantize(Decimal("0.01"))  # ported bug: half-even: 0.125 is 0.12
    if exact <= 0:
        raise Refused("nothing to give")
    number = "R-%06d" % req.row("SELECT nextval('audit.receipt_numbers') AS n")["n"]
    find(req, "students", taker)
    have = find(req, "students", giver)["credits"]
    if have < exact:
        raise Refused("%s credits are not enough" % shapes.decimal(have))
    req.rows("UPDATE students SET credits = credits - %s WHERE id = %s", exact, giver)
    req.rows("UPDATE students SET credits = credits + %s WHERE id = %s", exact, taker)
    row = req.row("INSERT INTO audit.receipts (number, giver, taker, amount, at) VALUES (%s, %s, %s, %s, %s) RETURNING *",
                  number, giver, taker, exact, req.now)
    req.log(event="transfer", receipt=number, amount=shapes.decimal(exact))
    return {
        "number": number, "amount": shapes.decimal(exact), "at": shapes.instant(row["at"]),
        "giver": shapes.student(req, find(req, "students", giver)),
        "taker": shapes.student(req, find(req, "students", taker)),
    }


def warmBoard(_, info, courseId):
    """Makes the leaderboard anew; it is kept for a week."""
    req = info.context
    find(req, "courses", courseId)
    key = "board:%s" % courseId
    totals = req.rows("SELECT s.student_id, sum(s.points) AS total FROM scores s JOIN assessments a ON a.id = s.assessment_id "
                      "JOIN enrolments e ON e.course_id = a.course_id AND e.student_id = s.student_id AND e.standing = 'active' "
                      "WHERE a.course_id = %s GROUP BY s.student_id ORDER BY s.student_id", courseId)
    req.cache.delete(key)
    for row in totals:
        req.cache.zadd(key, {str(row["student_id"]): float(row["total"])})
    if totals:
        req.cache.expire(key, shapes.WEEK)
    return len(totals)
