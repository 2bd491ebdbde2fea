Feature: Teachers keep the books of their courses

  Background:
    Given it is "2026-09-14T09:00:00Z"
    And the "public.students" rows
      | id (key) | name        | notes         | credits         |
      | 1        | Ann Ahlgren | null          | !numeric 100.00 |
      | 2        | Bo Berg     | sits in front | !numeric 12.50  |
    And the "public.courses" rows
      | id (key) | code | title | capacity | tags   | rubric | created              |
      | 4        | LA   | Latin | 1        | [core] | null   | 2026-08-22T10:00:00Z |
    And the "public.enrolments" rows
      | course_id (key) | student_id (key) | standing | seat | joined               |
      | 4               | 1                | active   | 0    | 2026-08-25T08:00:00Z |

  Scenario: A rubric is stored in the database, and kept in the cache for a week
    When the mutation is sent
      """
      mutation {
        setRubric(courseId: "4", criteria: [{name: "Line", weight: 1.0}, {name: "Colour", weight: 2.5}]) {
          rubric { name weight }
        }
      }
      """
    Then both implementations agree
    And the response at "data.setRubric.rubric[0].name" is "Line"
    And "public.courses/4" is changed
      | property | from | to                                    |
      | rubric   | null | !jsonb '{"Line": 1.0, "Colour": 2.5}' |
    And "rubric:4" in "cache" is stored
      | property | value                          |
      | type     | string                         |
      | value    | '{"Line": 1.0, "Colour": 2.5}' |
      | ttl      | !ttl 604800                    |
    And nothing else is changed

  Scenario: A full course takes nobody
    When the mutation is sent
      """
      mutation { enrol(courseId: "4", studentId: "2") { seat } }
      """
    Then both implementations agree
    And there is an error at "enrol" that says "course LA is full"
    And nothing is changed

  Scenario: Who withdraws leaves the board, and the average is due again
    Given the keys
      | key       | type   | value                        | ttl    |
      | board:4   | zset   | {"1": 9.0, "2": 4.5}         |        |
      | average:4 | string | '{"mean": 6.75, "count": 2}' | 3600   |
      | board:1   | zset   | {"1": 49.0}                  | 604800 |
    When the mutation is sent
      """
      mutation { withdraw(courseId: "4", studentId: "1") { standing seat course { enrolled } } }
      """
    Then both implementations agree
    And the response at "data.withdraw" is
      """
      {"standing": "left", "seat": null, "course": {"enrolled": 0}}
      """
    And "public.enrolments/4,1" is changed
      | property | from   | to   |
      | standing | active | left |
      | seat     | 0      | null |
    And "board:4" in "cache" is changed
      | property | from                         | to                 |
      | value    | !entity {"1": 9.0, "2": 4.5} | !entity {"2": 4.5} |
    And "average:4" in "cache" is gone
    And "audit" in "cache" is stored
      | property | value  |
      | type     | stream |
    And nothing else is changed

  Scenario: A new student gets the next number of the database
    When the mutation is sent
      """
      mutation { admitStudent(input: {name: "Gil Green", email: "gil@school.example"}) { name credits } }
      """
    Then both implementations agree
    And a new "public.students" is stored
      | property | value              |
      | name     | Gil Green          |
      | email    | gil@school.example |
      | credits  | !numeric 0.00      |
    And the response at "data.admitStudent.credits" is "0"

  Scenario: Python takes a capacity of 0 for none, and so must its rewrite
    Given the keys
      | key      | type | value |
      | tag:core | set  | ["4"] |
    And the variables
      """
      {"in": {"capacity": 0, "title": "Latin I"}}
      """
    When the mutation is sent
      """
      mutation Update($in: CoursePatch!) { updateCourse(id: "4", input: $in) { capacity title } }
      """
    Then both implementations agree
    And the bug "truthy-zero" is ported
    And "public.courses/4" is changed
      | property | from  | to      |
      | title    | Latin | Latin I |
    And nothing else is changed
