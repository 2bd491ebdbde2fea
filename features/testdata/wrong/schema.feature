Feature: What the schema does not know

  Scenario: A field
    When the query is sent
      """
      {
        class(id: "7") { titel coach { nam } }
        klass(id: "7") { id }
      }
      """
    Then there is no error

  Scenario: An argument and a member of an input
    Given the variables
      """
      {"input": {"text": "x", "requestID": "r"}, "inputs": 1}
      """
    When the mutation is sent
      """
      mutation ($input: WorkInput!) {
        submitWork(classId: "7", asignmentId: "101", input: $input) { id }
        gradeSubmission(classId: "7", assignmentId: "1", studentId: "ann", input: {scores: 1}) { id }
      }
      """
    Then there is no error

  Scenario: Another operation, and none
    When the mutation is sent
      """
      { classes { id } }
      """
    Then there is no error

  Scenario: No document
    When the query is sent
      """
      { classes { id }
      """
    Then there is no error

  @invalid
  Scenario: On purpose
    When the query is sent
      """
      { klass { id } }
      """
    Then the request is refused
