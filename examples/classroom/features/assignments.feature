Feature: Coaches keep the assignments of their classes

  Background:
    Given it is "2026-09-14T09:00:00Z"
    And the user is "ada"
    And the "User" entities
      | key   | role    | name         | email              |
      | ada   | coach   | Ada Lovelace | ada@school.example |
      | "ann" | student | Ann Ahlgren  | ann@school.example |
    And the "Class" entities
      | key | title          | subject | schedule | coach            | coCoaches | tags    | archived | assignmentCount | studentCount | created              |
      | 7   | Mathematics 7b | null    | null     | !key [User, ada] | []        | [maths] | false    | 1               | 1            | 2024-08-26T07:30:00Z |
    And the "Assignment" entities
      | key                    | title   | description (unindexed) | points | weight | position | state | due                  | labels     | rubric | created              | updated              | creator          |
      | Class/7/Assignment/101 | Numbers | null                    | 10     | 1.0    | 0        | OPEN  | 2026-09-20T12:00:00Z | [homework] | []     | 2024-09-03T09:15:00Z | 2024-09-03T09:15:00Z | !key [User, ada] |

  Scenario: A rename changes the title and nothing else
    Given the variables
      """
      {"classId": "7", "id": "101", "title": "  Whole numbers "}
      """
    When the mutation is sent
      """
      mutation ($classId: ID!, $id: ID!, $title: String!) {
        renameAssignment(classId: $classId, id: $id, title: $title) { id title points }
      }
      """
    Then both implementations agree
    And there is no error
    And the response at "data.renameAssignment.title" is "Whole numbers"
    And the response at "data.renameAssignment" is
      """
      {"id": "101", "title": "Whole numbers", "points": 10}
      """
    And "Class/7/Assignment/101" is changed
      | property | from    | to            |
      | title    | Numbers | Whole numbers |
    And "Class/7/Assignment/101" is changed
      | property | to                   |
      | updated  | 2026-09-14T09:00:00Z |
    And nothing else is changed

  Scenario Outline: An update takes null and an absent field apart
    Given the variables
      """
      {"classId": "7", "id": "101", "input": {"points": 12, "due": "2026-09-21"}}
      """
    And the variable "input.due" is <due>
    When the mutation is sent
      """
      mutation ($classId: ID!, $id: ID!, $input: AssignmentPatch!) {
        updateAssignment(classId: $classId, id: $id, input: $input) { points due }
      }
      """
    Then both implementations agree
    And the response at "data.updateAssignment.due" is <stays>

    Examples:
      | due     | stays                  |
      | omitted | "2026-09-20T12:00:00Z" |
      | null    | null                   |

  Scenario: A new assignment comes last, and its class counts it
    When the mutation is sent
      """
      mutation {
        createAssignment(classId: "7", input: {title: "Fractions", description: "Halves", weight: 0.5}) { id title position }
      }
      """
    Then both implementations agree
    And a new "Assignment" is stored
      | property                | value     |
      | title                   | Fractions |
      | description (unindexed) | Halves    |
      | weight                  | 0.5       |
      | position                | 1         |
    And "Class/7" is changed
      | property        | from | to |
      | assignmentCount | 1    | 2  |
    And nothing else is changed
    And the response at "data.createAssignment.position" is 1

  Scenario: A student renames nothing
    Given the user is "ann"
    When the mutation is sent
      """
      mutation { renameAssignment(classId: "7", id: "101", title: "Mine") { title } }
      """
    Then both implementations agree
    And the response at "data.renameAssignment" is null
    And nothing is changed

  Scenario: What is not there cannot be renamed
    Given "Class/7/Assignment/999" is absent
    When the mutation is sent
      """
      mutation { renameAssignment(classId: "7", id: "999", title: "Nothing") { title } }
      """
    Then both implementations agree
    And there is an error at "renameAssignment" that says "assignment "999" not found"
    And the status is 200

  Scenario: A deleted assignment takes its submissions along
    Given the "Enrollment" entities
      | key                    | student          | active | joined               |
      | Class/7/Enrollment/ann | !key [User, ann] | true   | 2024-09-02T08:00:00Z |
    And the "Submission" entities
      | key                                   | student          | state    | text (unindexed) | attempts | score | percent | feedback (unindexed) | submittedAt | gradedBy |
      | Class/7/Assignment/101/Submission/ann | !key [User, ann] | ASSIGNED | null             | []       | null  | null    | null                 | null        | null     |
    When the mutation in "delete.graphql" is sent
    Then both implementations agree
    And "Class/7/Assignment/101" is gone
    And "Class/7/Assignment/101/Submission/ann" is gone

  @invalid
  Scenario: A field that does not exist is refused
    When the query is sent
      """
      { class(id: "7") { titel } }
      """
    Then both implementations agree
    And the request is refused
    And the response has nothing at "data"
