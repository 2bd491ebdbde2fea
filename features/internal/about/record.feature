Feature: A recorded case holds everything that legacy's answer depended on

  Scenario: A rename keeps the entity that it overwrites
    Given legacy is recorded from the classroom seed
    When "ada" sends
      """
      mutation { renameAssignment(classId: "7", id: "101", title: "Fractions, again") { id title } }
      """
    Then one case of "renameAssignment" is recorded
    And its fixture holds "Class/7/Assignment/101"
    And it expects "Class/7/Assignment/101" to change in "title"

  Scenario: What was looked for and not there is part of the fixture
    Given legacy is recorded from the classroom seed
    When "ada" sends
      """
      mutation { renameAssignment(classId: "7", id: "999999", title: "Nothing") { id } }
      """
    Then one case of "renameAssignment" is recorded
    And its fixture knows that "Class/7/Assignment/999999" is absent
    And it expects no change

  Scenario: A recorded case is replayed at once
    Given legacy is recorded from the classroom seed
    And "ada" sends
      """
      mutation { createAssignment(classId: "7", input: {title: "Decimals"}) { id title created } }
      """
    When what was recorded is replayed
    Then every case is equivalent
