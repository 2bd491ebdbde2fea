Feature: Recorded cases are where scenarios begin

  Scenario: What was recorded holds
    Given the recorded case "renameAssignment/rename-assignment-5fee8a2e"
    When the recorded mutation is sent
    Then both implementations agree
    And the bug "title-bytes" is ported
    And the response is
      """
      {"data": {"renameAssignment": {
        "id": "109",
        "title": "Volume: ääääääääääääääääääääääääää",
        "updated": "2026-09-14T09:16:00.252026Z"
      }}}
      """
    And the changes are
      """
      datastore:
        - update: [Class, 7, Assignment, 109]
          set:
            title: {from: Volume, to: "Volume: ääääääääääääääääääääääääää"}
            updated: {from: 2024-09-03T09:15:00.25Z, to: 2026-09-14T09:16:00.252026Z}
      """

  Scenario: The recorded mutation with another title
    Given the recorded case "rename-assignment-5fee8a2e"
    And the variable "title" is "Volume"
    When the recorded mutation is sent
    Then both implementations agree
    And nothing is changed

  Scenario: Another request on a recorded fixture
    Given the fixture of the recorded case "rename-assignment-5fee8a2e"
    And the header "x-user" is "ada"
    And the operation name is "Look"
    When the query is sent
      """
      query Look { assignment(classId: "7", id: "109") { title state } }
      query Other { class(id: "7") { title } }
      """
    Then both implementations agree
    And the response at "data.assignment.title" is "Volume"

  Scenario: A fixture in a file
    Given the fixture in "../seed.yaml"
    And the user is "grace"
    When the query is sent
      """
      { class(id: "8") { title coach { name } assignments { title } } }
      """
    Then both implementations agree
    And the response at "data.class.coach.name" is "Grace Hopper"
    And the response at "data.class.assignments[0].title" is "Forces"

  Scenario: A fixture in a few lines
    Given the fixture
      """
      datastore:
        entities:
          - key: [User, ada]
            properties: {role: coach, name: Ada Lovelace, email: ada@school.example, bio: null}
            unindexed: [bio]
      """
    And the user is "ada"
    When the query is sent
      """
      { person(id: "ada") { name email } }
      """
    Then both implementations agree
    And the response at "data.person" is
      """
      {"name": "Ada Lovelace", "email": "ada@school.example"}
      """
