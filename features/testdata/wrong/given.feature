Feature: Wrong arguments of what is given

  Background:
    Given the fixture
      """
      datastore:
        entities:
          - key: [Class]
            propertys: {title: x}
      """
    And the fixture
      """
      datastor: {entities: []}
      """
    And the "Class" entities
      | key  | titel (indexed) |
      | 7    | x               |
    And the "Class" entities
      | key  | title           |
      | 8    | [1, [2]]        |
    And the "Class" entities
      | key  | title           |
      | 9    | 2026-13-01      |
    And the "Class" entities
      | id   | title           |
      | 9    | x               |
    And the "User" entities
      | key     | name |
      | Class/7 | x    |
    And the "public.grades" rows
      | id |
      | 1  |
    And the keys in "datastore"
      | key | type | value |
      | a   | text | b     |
    And "Class" is absent
    And the recorded case "renameAssignment/rename-assignment-5fee8a2f"
    And the recorded case "renameAssignment"
    And the fixture in "nowhere.yaml"
    And it is "tomorrow"
    And the variables
      """
      {"id": }
      """
    And the variable "title" is Fractions
    And the variable "input..x" is 1
    And the upstream "parent" answers
      """
      {}
      """

  Scenario: One
    When the query is sent
      """
      { classes { id } }
      """
    Then there is no error
